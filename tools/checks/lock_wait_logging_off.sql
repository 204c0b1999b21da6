-- title: Waits for locks are not logged
-- deliverable: monitoring
-- severity: low
-- examines: settings
-- why: After an incident nobody can say who waited for whom.
-- advice: Turn log_lock_waits on; it writes a line only when a wait takes longer than deadlock_timeout.
SELECT s.name AS object,
       format('%s is %s', s.name, s.setting) AS detail,
       format('ALTER SYSTEM SET %I = %L', s.name, 'on') AS fix,
       format('ALTER SYSTEM RESET %I', s.name) AS undo
FROM pg_settings s
WHERE s.name = 'log_lock_waits' AND s.setting = 'off'
ORDER BY object
