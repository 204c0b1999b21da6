-- title: Passwords have no end
-- deliverable: security
-- severity: info
-- examines: roles
-- why: A password that leaked stays good for ever.
-- advice: Change it regularly, with VALID UNTIL as a reminder, or use certificates or the service's identity tokens.
SELECT r.rolname::text AS object,
       'may log in without VALID UNTIL' AS detail
FROM pg_roles r
WHERE r.rolcanlogin AND (r.rolvaliduntil IS NULL OR r.rolvaliduntil = 'infinity')
  AND NOT r.rolreplication AND r.oid <> 10
ORDER BY object
