-- title: The network may be used without encryption
-- deliverable: security
-- severity: high
-- examines: hba file
-- why: A client that asks for no encryption gets none, and sends its statements in the open.
-- advice: Use hostssl instead of host.
SELECT format('pg_hba.conf line %s', h.line_number) AS object,
       concat_ws(' ', h.type, array_to_string(h.database, ','), array_to_string(h.user_name, ','), h.address, h.netmask, h.auth_method) AS detail
FROM pg_hba_file_rules h
WHERE h.type IN ('host', 'hostnossl') AND h.auth_method <> 'reject'
  AND coalesce(h.address, '') NOT IN ('127.0.0.1', '::1', 'localhost', 'samehost')
  AND EXISTS (
    SELECT
    FROM pg_settings l
    CROSS JOIN regexp_split_to_table(l.setting, '\s*,\s*') AS a (address)
    WHERE l.name = 'listen_addresses' AND a.address NOT IN ('', 'localhost', '127.0.0.1', '::1')
  )
ORDER BY object
