-- title: Session waits for another one
-- deliverable: queries
-- severity: high
-- examines: sessions
-- why: Everybody who needs the same rows or table queues behind it.
-- advice: End or finish the session that blocks; lock_timeout keeps the queue short, smaller transactions keep it away.
SELECT format('session %s of %s', a.pid, a.usename) AS object,
       format('waiting for %s behind session %s', date_trunc('second', now() - a.query_start), array_to_string(pg_blocking_pids(a.pid), ', ')) AS detail
FROM pg_stat_activity a
WHERE a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
  AND a.wait_event_type = 'Lock' AND a.query_start < now() - interval '30 seconds'
  AND cardinality(pg_blocking_pids(a.pid)) > 0
ORDER BY object
