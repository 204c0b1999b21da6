-- title: A replication slot that nobody uses
-- deliverable: recovery
-- severity: high
-- examines: replication slots
-- why: It keeps log until the disk is full, and a logical one keeps dead rows of the catalog too.
-- advice: If its consumer comes back, wait for it; if not, SELECT pg_drop_replication_slot('…').
SELECT s.slot_name::text AS object,
       format('%s slot, inactive since %s, keeps %s', s.slot_type, coalesce(to_jsonb(s) ->> 'inactive_since', 'an unknown time'),
              coalesce(pg_size_pretty(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, s.restart_lsn)), 'nothing')) AS detail
FROM pg_replication_slots s
WHERE NOT s.active AND NOT s.temporary
  AND coalesce(to_jsonb(s) ->> 'synced', 'false') = 'false'
ORDER BY object
