-- title: Fixes of the major version are missing
-- deliverable: security
-- severity: medium
-- examines: server
-- why: A minor release has nothing but fixes, most often also of security holes, and needs no migration.
-- advice: Install the newest minor release of the same major version and restart.
-- Releases known to exist on 2026-11-25; there may be newer ones.
WITH known (major, minor) AS (
  VALUES (13, 23), (14, 23), (15, 20), (16, 14), (17, 10), (18, 6)
), server AS (
  SELECT s.setting::integer / 10000 AS major, s.setting::integer % 10000 AS minor
  FROM pg_settings s
  WHERE s.name = 'server_version_num'
)
SELECT format('PostgreSQL %s', v.major) AS object,
       format('the server is %s.%s, there is %s.%s', v.major, v.minor, k.major, k.minor) AS detail
FROM server v
JOIN known k USING (major)
WHERE v.minor < k.minor
ORDER BY object
