-- title: The major version gets no more fixes
-- deliverable: security
-- severity: high
-- examines: server
-- why: Security holes that become known are not closed any more.
-- advice: Upgrade with pg_upgrade or logical replication to a supported major version.
-- The last day of support, postgresql.org/support/versioning.
WITH support (major, ends) AS (
  VALUES (13, date '2025-11-13'), (14, date '2026-11-12'), (15, date '2027-11-11'),
         (16, date '2028-11-09'), (17, date '2029-11-08'), (18, date '2030-11-14')
), server AS (
  SELECT s.setting::integer / 10000 AS major
  FROM pg_settings s
  WHERE s.name = 'server_version_num'
)
SELECT format('PostgreSQL %s', v.major) AS object,
       format('support ended on %s', coalesce(p.ends, date '2024-11-21')) AS detail
FROM server v
LEFT JOIN support p USING (major)
WHERE p.ends < current_date OR v.major < 13
ORDER BY object
