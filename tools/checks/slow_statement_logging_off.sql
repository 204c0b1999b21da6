-- title: Slow statements are not logged
-- deliverable: monitoring
-- severity: medium
-- examines: settings
-- why: Averages hide the one slow call that a user complained about; only the log has its time and its plan.
-- advice: Set log_min_duration_statement to the longest time that is still fine, or load auto_explain.
SELECT s.name AS object,
       'neither log_min_duration_statement nor a sample nor auto_explain logs slow statements' AS detail,
       format('ALTER SYSTEM SET %I = %L', s.name, '1s') AS fix,
       format('ALTER SYSTEM RESET %I', s.name) AS undo
FROM pg_settings s
WHERE s.name = 'log_min_duration_statement' AND s.setting = '-1'
  AND NOT EXISTS (SELECT FROM pg_settings o WHERE o.name = 'log_min_duration_sample' AND o.setting <> '-1')
  AND NOT EXISTS (SELECT FROM pg_settings o WHERE o.name = 'log_duration' AND o.setting = 'on')
  AND NOT EXISTS (SELECT FROM pg_settings o WHERE o.name LIKE '%preload_libraries' AND o.setting ~ 'auto_explain')
ORDER BY object
