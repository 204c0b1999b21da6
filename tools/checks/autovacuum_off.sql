-- title: Autovacuum is off
-- deliverable: monitoring
-- severity: critical
-- examines: settings
-- why: Dead rows pile up, the planner works with old statistics and in the end the server refuses writes.
-- advice: Turn autovacuum and track_counts on; where it disturbs, tune its cost limit instead.
SELECT s.name AS object,
       format('%s is %s', s.name, s.setting) AS detail,
       format('ALTER SYSTEM SET %I = %L', s.name, 'on') AS fix,
       format('ALTER SYSTEM RESET %I', s.name) AS undo
FROM pg_settings s
WHERE s.name IN ('autovacuum', 'track_counts') AND s.setting = 'off'
ORDER BY object
