-- title: Session idle in a transaction
-- deliverable: queries
-- severity: high
-- examines: sessions
-- why: It holds its locks and keeps vacuum from removing dead rows, for as long as the client forgets it.
-- advice: Let the application commit or roll back; idle_in_transaction_session_timeout ends what is forgotten.
SELECT format('session %s of %s', a.pid, a.usename) AS object,
       format('%s for %s', a.state, date_trunc('second', now() - a.state_change)) AS detail
FROM pg_stat_activity a
WHERE a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
  AND a.state LIKE 'idle in transaction%' AND a.state_change < now() - interval '5 minutes'
ORDER BY object
