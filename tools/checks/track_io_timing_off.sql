-- title: Time spent on reading is not measured
-- deliverable: monitoring
-- severity: low
-- examines: settings
-- why: Without it nobody can tell whether a slow query waits for the disk.
-- advice: Turn track_io_timing on; pg_test_timing shows what it costs on this machine.
SELECT s.name AS object,
       format('%s is %s', s.name, s.setting) AS detail,
       format('ALTER SYSTEM SET %I = %L', s.name, 'on') AS fix,
       format('ALTER SYSTEM RESET %I', s.name) AS undo
FROM pg_settings s
WHERE s.name = 'track_io_timing' AND s.setting = 'off'
ORDER BY object
