-- title: A replica is behind
-- deliverable: recovery
-- severity: high
-- examines: replicas
-- why: After a switch to it the newest transactions are missing, and reads from it are old.
-- advice: Look at its network, its disk and at queries that hold up replay; nothing to do where it is delayed on purpose.
WITH replica AS (
  SELECT coalesce(nullif(r.application_name, ''), host(r.client_addr), r.pid::text) AS name,
         r.replay_lag AS lag,
         pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, r.replay_lsn) AS bytes
  FROM pg_stat_replication r
  WHERE r.state IN ('streaming', 'catchup')
)
SELECT p.name AS object,
       format('%s and %s behind', coalesce(p.lag::text, 'unknown time'), pg_size_pretty(p.bytes)) AS detail
FROM replica p
WHERE p.lag > interval '30 seconds' OR p.bytes > 1073741824
ORDER BY object
