-- title: The log holds values of statements
-- deliverable: security
-- severity: low
-- examines: settings
-- why: Parameters of statements, such as names, addresses and passwords, end up in log files that more people read than the database.
-- advice: Set log_parameter_max_length to 0, and log_statement to ddl instead of all; literals inside a statement are still logged.
SELECT s.name AS object,
       CASE s.name
         WHEN 'log_statement' THEN 'every statement is logged with its literals'
         ELSE 'slow statements are logged with the whole of their parameters'
       END AS detail,
       format('ALTER SYSTEM SET %I = %L', s.name, CASE s.name WHEN 'log_statement' THEN 'ddl' ELSE '0' END) AS fix,
       format('ALTER SYSTEM RESET %I', s.name) AS undo
FROM pg_settings s
WHERE s.name = 'log_statement' AND s.setting = 'all'
   OR s.name = 'log_parameter_max_length' AND s.setting = '-1'
      AND EXISTS (SELECT FROM pg_settings o WHERE o.name IN ('log_min_duration_statement', 'log_min_duration_sample') AND o.setting <> '-1')
ORDER BY object
