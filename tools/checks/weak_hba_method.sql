-- title: A weak way to log in
-- deliverable: security
-- severity: medium
-- examines: hba file
-- why: password sends the password itself, ident believes the client's machine, md5 accepts old hashes and is deprecated.
-- advice: Use scram-sha-256; let roles whose password is still an MD5 hash set it again first.
SELECT format('pg_hba.conf line %s', h.line_number) AS object,
       concat_ws(' ', h.type, array_to_string(h.database, ','), array_to_string(h.user_name, ','), h.address, h.netmask, h.auth_method) AS detail
FROM pg_hba_file_rules h
WHERE h.auth_method IN ('password', 'ident', 'md5')
ORDER BY object
