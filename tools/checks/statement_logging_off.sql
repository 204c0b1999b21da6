-- title: Changes of the structure are not logged
-- deliverable: security
-- severity: low
-- examines: settings
-- why: Nobody can say later who changed a table, a grant or a role.
-- advice: Set log_statement to ddl, or load pgaudit with pgaudit.log = 'ddl, role'.
SELECT s.name AS object,
       format('%s is %s', s.name, s.setting) AS detail,
       format('ALTER SYSTEM SET %I = %L', s.name, 'ddl') AS fix,
       format('ALTER SYSTEM RESET %I', s.name) AS undo
FROM pg_settings s
WHERE s.name = 'log_statement' AND s.setting = 'none'
  AND NOT EXISTS (SELECT FROM pg_settings o WHERE o.name = 'shared_preload_libraries' AND o.setting ~ 'pgaudit')
ORDER BY object
