-- title: Replication slots may keep log without limit
-- deliverable: recovery
-- severity: low
-- examines: settings
-- why: A replica that is gone fills the disk of the primary until the server stops.
-- advice: Set max_slot_wal_keep_size to what the disk can spare; a slot that falls behind further has to be built anew.
SELECT s.name AS object,
       format('%s is %s', s.name, s.setting) AS detail,
       format('ALTER SYSTEM SET %I = %L', s.name, '20GB') AS fix,
       format('ALTER SYSTEM RESET %I', s.name) AS undo
FROM pg_settings s
WHERE s.name = 'max_slot_wal_keep_size' AND s.setting = '-1'
  AND EXISTS (SELECT FROM pg_replication_slots)
ORDER BY object
