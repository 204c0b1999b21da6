-- title: Torn pages are not repaired after a crash
-- deliverable: backup
-- severity: critical
-- examines: settings
-- why: A page that was half written when the machine crashed stays half written, silently.
-- advice: Turn full_page_writes on; wal_compression makes it cheaper.
SELECT s.name AS object,
       format('%s is %s', s.name, s.setting) AS detail,
       format('ALTER SYSTEM SET %I = %L', s.name, 'on') AS fix,
       format('ALTER SYSTEM RESET %I', s.name) AS undo
FROM pg_settings s
WHERE s.name = 'full_page_writes' AND s.setting = 'off'
ORDER BY object
