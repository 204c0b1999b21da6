-- title: New passwords are stored as MD5
-- deliverable: security
-- severity: high
-- examines: settings
-- why: MD5 hashes can be used to log in by whoever has read them, and are broken quickly.
-- advice: Set password_encryption to scram-sha-256, then let every role set its password again.
SELECT s.name AS object,
       format('%s is %s', s.name, s.setting) AS detail,
       format('ALTER SYSTEM SET %I = %L', s.name, 'scram-sha-256') AS fix,
       format('ALTER SYSTEM RESET %I', s.name) AS undo
FROM pg_settings s
WHERE s.name = 'password_encryption' AND s.setting <> 'scram-sha-256'
ORDER BY object
