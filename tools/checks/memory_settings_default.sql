-- title: Shared buffers were never sized
-- deliverable: monitoring
-- severity: medium
-- examines: settings
-- why: With the default of 128 MB most of what the database holds is read again and again from outside.
-- advice: Set shared_buffers to about a quarter of the machine's memory and restart.
SELECT s.name AS object,
       format('shared_buffers is %s, the database %s', pg_size_pretty(s.setting::bigint * 8192), pg_size_pretty(pg_database_size(current_database()))) AS detail
FROM pg_settings s
WHERE s.name = 'shared_buffers' AND s.setting::bigint <= 16384
  AND pg_database_size(current_database()) > s.setting::bigint * 8192
ORDER BY object
