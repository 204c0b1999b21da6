-- title: Committed data is not forced to disk
-- deliverable: backup
-- severity: critical
-- examines: settings
-- why: After a crash of the machine the cluster may be corrupt beyond repair; no backup helps the rows since the last one.
-- advice: Turn fsync on; where commits have to be fast and the last of them may be lost, use synchronous_commit = off instead.
SELECT s.name AS object,
       format('%s is %s', s.name, s.setting) AS detail,
       format('ALTER SYSTEM SET %I = %L', s.name, 'on') AS fix,
       format('ALTER SYSTEM RESET %I', s.name) AS undo
FROM pg_settings s
WHERE s.name = 'fsync' AND s.setting = 'off'
ORDER BY object
