-- title: Transaction is open for more than an hour
-- deliverable: queries
-- severity: high
-- examines: sessions
-- why: No dead row that is younger than this transaction can be removed, in any table of the database.
-- advice: Split the work in smaller transactions; transaction_timeout (PostgreSQL 17 and later) is the limit of last resort.
SELECT format('session %s of %s', a.pid, a.usename) AS object,
       format('open for %s, %s', date_trunc('second', now() - a.xact_start), a.state) AS detail
FROM pg_stat_activity a
WHERE a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
  AND a.xact_start < now() - interval '1 hour'
  AND a.query !~* '^\s*(vacuum|analyze|reindex|cluster|copy|alter|refresh|create\s+(unique\s+)?index)'
  AND a.application_name !~ '^(pg_dump|pg_restore|pg_basebackup)'
ORDER BY object
