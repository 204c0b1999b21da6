-- title: The archive is behind
-- deliverable: backup
-- severity: high
-- examines: server
-- why: What was not archived is lost when the machine is lost: this is how much a restore really loses.
-- advice: Look for an archive_command that hangs or is too slow; archive-push of pgBackRest can work in parallel.
-- Segments that are complete and not archived; a quiet server that has none is not behind.
WITH archive AS (
  SELECT a.last_archived_wal AS segment, coalesce(a.last_archived_time, a.stats_reset) AS at,
         current_setting('wal_segment_size')::text AS size
  FROM pg_stat_archiver a
), place AS (
  SELECT r.segment, r.at, pg_size_bytes(r.size) AS size,
         CASE WHEN NOT pg_is_in_recovery() THEN pg_walfile_name(pg_current_wal_lsn()) END AS current
  FROM archive r
), gap AS (
  SELECT p.segment, p.at,
         (('x' || substr(p.current, 9, 8))::bit(32)::bigint - ('x' || substr(p.segment, 9, 8))::bit(32)::bigint) * (4294967296 / p.size)
         + ('x' || substr(p.current, 17, 8))::bit(32)::bigint - ('x' || substr(p.segment, 17, 8))::bit(32)::bigint - 1 AS segments
  FROM place p
  WHERE p.segment ~ '^[0-9A-F]{24}'
)
SELECT 'archiver' AS object,
       format('%s complete segments wait; the last was archived at %s', g.segments, g.at) AS detail
FROM gap g
WHERE g.segments > 0 AND g.at < now() - interval '15 minutes'
  AND EXISTS (SELECT FROM pg_settings s WHERE s.name = 'archive_mode' AND s.setting <> 'off')
ORDER BY object
