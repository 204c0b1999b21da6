-- title: Sessions over the network without encryption
-- deliverable: security
-- severity: high
-- examines: sessions
-- why: Passwords, statements and rows of these sessions can be read and changed on the way.
-- advice: Use hostssl in pg_hba.conf and sslmode=verify-full in the clients.
SELECT a.usename::text AS object,
       format('%s sessions from %s', count(*), string_agg(DISTINCT host(a.client_addr), ', ')) AS detail
FROM pg_stat_activity a
JOIN pg_stat_ssl s USING (pid)
LEFT JOIN pg_stat_gssapi g USING (pid)
WHERE NOT s.ssl AND NOT coalesce(g.encrypted, false)
  AND a.client_addr IS NOT NULL AND NOT a.client_addr <<= '127.0.0.0/8' AND a.client_addr <> '::1'
GROUP BY a.usename
ORDER BY object
