-- title: The log is not archived
-- deliverable: backup
-- severity: high
-- examines: settings
-- why: Without an archive the database can only be brought back to its last base backup; everything since is lost.
-- advice: Set up pgBackRest, Barman or WAL-G, then archive_mode = on with their archive_command, and restore once as a proof; nothing to do where a service or a receiver that is not connected now keeps the log.
WITH setting AS (
  SELECT max(s.setting) FILTER (WHERE s.name = 'archive_mode') AS mode,
         bool_or(s.setting <> '') FILTER (WHERE s.name IN ('archive_command', 'archive_library')) AS has_way
  FROM pg_settings s
  WHERE s.name IN ('archive_mode', 'archive_command', 'archive_library')
)
SELECT CASE WHEN s.mode = 'off' THEN 'archive_mode' ELSE 'archive_command' END AS object,
       CASE WHEN s.mode = 'off' THEN 'archive_mode is off' ELSE 'archive_mode is on, but neither archive_command nor archive_library is set' END AS detail
FROM setting s
WHERE (s.mode = 'off' OR NOT s.has_way)
  AND NOT pg_is_in_recovery()
  AND NOT EXISTS (SELECT FROM pg_stat_replication r WHERE r.application_name ~* '(receivewal|receive_wal|barman)')
ORDER BY object
