-- title: Statement runs for minutes
-- deliverable: queries
-- severity: medium
-- examines: sessions
-- why: It uses a connection and a processor, and vacuum cannot clean up behind it.
-- advice: Look at its plan; move reports to a replica, and limit the rest with statement_timeout.
SELECT format('session %s of %s', a.pid, a.usename) AS object,
       format('running for %s: %s', date_trunc('second', now() - a.query_start), left(regexp_replace(a.query, '\s+', ' ', 'g'), 80)) AS detail
FROM pg_stat_activity a
WHERE a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
  AND a.state = 'active' AND a.query_start < now() - interval '5 minutes'
  AND a.query !~* '^\s*(vacuum|analyze|reindex|cluster|copy|alter|refresh|create\s+(unique\s+)?index)'
  AND a.application_name !~ '^(pg_dump|pg_restore|pg_basebackup)'
ORDER BY object
