-- title: Archiving of the log fails
-- deliverable: backup
-- severity: critical
-- examines: server
-- why: Nothing after the last archived segment can be restored, and the log fills the disk until the server stops.
-- advice: Read the error of the archive_command in the server log, repair it, and watch last_archived_time move.
SELECT 'archiver' AS object,
       format('%s failures, the last at %s with %s', a.failed_count, a.last_failed_time, a.last_failed_wal) AS detail
FROM pg_stat_archiver a
WHERE a.failed_count > 0
  AND a.last_failed_time > coalesce(a.last_archived_time, '-infinity')
ORDER BY object
