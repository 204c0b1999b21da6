-- title: Connections without a password
-- deliverable: security
-- severity: critical
-- examines: hba file
-- why: Whoever reaches the port or the socket is any role he wants to be, also the superuser.
-- advice: Use scram-sha-256 on hostssl lines and peer on local ones, then reload.
SELECT format('pg_hba.conf line %s', h.line_number) AS object,
       concat_ws(' ', h.type, array_to_string(h.database, ','), array_to_string(h.user_name, ','), h.address, h.netmask, h.auth_method) AS detail
FROM pg_hba_file_rules h
WHERE h.auth_method = 'trust'
ORDER BY object
