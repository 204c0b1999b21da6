-- title: Connections are not logged
-- deliverable: security
-- severity: low
-- examines: settings
-- why: After an incident nobody can say who was connected from where.
-- advice: Turn log_connections on; with very many short connections use a pooler first.
SELECT s.name AS object,
       format('%s is %s', s.name, coalesce(nullif(s.setting, ''), 'empty')) AS detail,
       format('ALTER SYSTEM SET %I = %L', s.name, 'on') AS fix,
       format('ALTER SYSTEM RESET %I', s.name) AS undo
FROM pg_settings s
WHERE s.name = 'log_connections' AND lower(s.setting) IN ('off', 'false', 'no', '0', '')
ORDER BY object
