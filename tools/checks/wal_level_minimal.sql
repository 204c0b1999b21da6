-- title: The log is not sufficient for backups
-- deliverable: backup
-- severity: high
-- examines: settings
-- why: With wal_level = minimal there is no base backup while the server runs, no archive and no replica.
-- advice: Set wal_level to replica and restart.
SELECT s.name AS object,
       format('%s is %s', s.name, s.setting) AS detail,
       format('ALTER SYSTEM SET %I = %L', s.name, 'replica') AS fix,
       format('ALTER SYSTEM RESET %I', s.name) AS undo
FROM pg_settings s
WHERE s.name = 'wal_level' AND s.setting = 'minimal'
ORDER BY object
