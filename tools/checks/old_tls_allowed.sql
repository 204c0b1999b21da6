-- title: Old TLS versions are accepted
-- deliverable: security
-- severity: medium
-- examines: settings
-- why: TLS 1.0 and 1.1 have known weaknesses and are withdrawn (RFC 8996).
-- advice: Set ssl_min_protocol_version to TLSv1.2 or later.
SELECT s.name AS object,
       format('%s is %s', s.name, s.setting) AS detail,
       format('ALTER SYSTEM SET %I = %L', s.name, 'TLSv1.2') AS fix,
       format('ALTER SYSTEM RESET %I', s.name) AS undo
FROM pg_settings s
WHERE s.name = 'ssl_min_protocol_version' AND s.setting IN ('', 'TLSv1', 'TLSv1.1')
  AND EXISTS (SELECT FROM pg_settings o WHERE o.name = 'ssl' AND o.setting = 'on')
ORDER BY object
