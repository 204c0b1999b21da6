-- title: Many dead rows
-- deliverable: monitoring
-- severity: medium
-- examines: table statistics
-- why: Every scan reads them, and the table grows.
-- advice: VACUUM now; then find out what holds vacuum back, and lower autovacuum_vacuum_scale_factor of a big table.
SELECT format('%I.%I', s.schemaname, s.relname) AS object,
       format('%s dead and %s live rows, last vacuum %s', s.n_dead_tup, s.n_live_tup, coalesce(greatest(s.last_vacuum, s.last_autovacuum)::text, 'never')) AS detail,
       format('VACUUM %I.%I', s.schemaname, s.relname) AS fix
FROM pg_stat_user_tables s
WHERE s.n_dead_tup > 10000 AND s.n_dead_tup > 0.2 * (s.n_live_tup + s.n_dead_tup)
ORDER BY object
