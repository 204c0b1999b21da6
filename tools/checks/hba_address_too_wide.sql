-- title: Anybody on the network may try passwords
-- deliverable: security
-- severity: medium
-- examines: hba file
-- why: Only a firewall that nobody changes stands between the whole network and the login.
-- advice: Name the networks of the application, or ask for client certificates.
SELECT format('pg_hba.conf line %s', h.line_number) AS object,
       concat_ws(' ', h.type, array_to_string(h.database, ','), array_to_string(h.user_name, ','), h.address, h.netmask, h.auth_method) AS detail
FROM pg_hba_file_rules h
WHERE h.type LIKE 'host%' AND h.auth_method NOT IN ('reject', 'cert')
  AND NOT coalesce(h.options, '{}') && ARRAY['clientcert=verify-full', 'clientcert=verify-ca']
  AND (h.address = 'all' OR h.netmask IN ('0.0.0.0', '::'))
  AND EXISTS (
    SELECT
    FROM pg_settings l
    CROSS JOIN regexp_split_to_table(l.setting, '\s*,\s*') AS a (address)
    WHERE l.name = 'listen_addresses' AND a.address NOT IN ('', 'localhost', '127.0.0.1', '::1')
  )
ORDER BY object
