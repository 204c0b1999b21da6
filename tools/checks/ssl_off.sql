-- title: Connections are not encrypted
-- deliverable: security
-- severity: high
-- examines: settings
-- why: Passwords, statements and rows can be read and changed on the network.
-- advice: Get a certificate for the server, set ssl_cert_file, ssl_key_file and ssl = on, then use hostssl lines in pg_hba.conf.
SELECT s.name AS object,
       format('%s is %s', s.name, s.setting) AS detail
FROM pg_settings s
WHERE s.name = 'ssl' AND s.setting = 'off'
  AND EXISTS (
    SELECT
    FROM pg_settings l
    CROSS JOIN regexp_split_to_table(l.setting, '\s*,\s*') AS a (address)
    WHERE l.name = 'listen_addresses' AND a.address NOT IN ('', 'localhost', '127.0.0.1', '::1')
  )
ORDER BY object
