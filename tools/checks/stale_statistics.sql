-- title: The planner works with old statistics
-- deliverable: queries
-- severity: medium
-- examines: table statistics
-- why: So many rows changed since the last ANALYZE that estimates, and with them plans, are off.
-- advice: ANALYZE now; then find out why autovacuum does not get to it, and lower autovacuum_analyze_scale_factor of a big table.
SELECT format('%I.%I', s.schemaname, s.relname) AS object,
       format('%s changes since the last ANALYZE, %s rows', s.n_mod_since_analyze, s.n_live_tup) AS detail,
       format('ANALYZE %I.%I', s.schemaname, s.relname) AS fix
FROM pg_stat_user_tables s
WHERE s.n_mod_since_analyze > greatest(10000, 0.2 * s.n_live_tup)
ORDER BY object
