-- title: Incremental backups are not possible
-- deliverable: backup
-- severity: info
-- examines: settings
-- why: Without summaries of the log every base backup is a full one.
-- advice: Turn summarize_wal on if backups are taken by pg_basebackup --incremental.
-- postgres: 17-
SELECT s.name AS object,
       format('%s is %s', s.name, s.setting) AS detail,
       format('ALTER SYSTEM SET %I = %L', s.name, 'on') AS fix,
       format('ALTER SYSTEM RESET %I', s.name) AS undo
FROM pg_settings s
WHERE s.name = 'summarize_wal' AND s.setting = 'off'
ORDER BY object
