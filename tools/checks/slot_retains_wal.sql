-- title: A replication slot keeps too much log
-- deliverable: recovery
-- severity: high
-- examines: replication slots
-- why: The disk fills up; or the log its consumer needs is gone and it has to be built anew.
-- advice: Find out why the consumer does not keep up; a lost slot has to be dropped and made again.
WITH slot AS (
  SELECT s.slot_name, s.wal_status, pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, s.restart_lsn) AS bytes
  FROM pg_replication_slots s
)
SELECT s.slot_name::text AS object,
       format('%s, keeps %s', s.wal_status, coalesce(pg_size_pretty(s.bytes), 'nothing')) AS detail
FROM slot s
WHERE s.wal_status IN ('lost', 'unreserved') OR s.bytes > 10737418240
ORDER BY object
