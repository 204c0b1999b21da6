-- title: Nearly all connections are taken
-- deliverable: monitoring
-- severity: high
-- examines: databases
-- why: At the limit the server refuses everybody, first of all the application.
-- advice: Find what leaks or holds connections; put a pooler such as PgBouncer before the server instead of raising max_connections.
WITH limits AS (
  SELECT sum(CASE s.name WHEN 'max_connections' THEN s.setting::integer ELSE -s.setting::integer END) AS places
  FROM pg_settings s
  WHERE s.name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')
), used AS (
  SELECT sum(d.numbackends) AS places
  FROM pg_stat_database d
)
SELECT 'max_connections' AS object,
       format('%s of %s connections are taken', u.places, l.places) AS detail
FROM used u, limits l
WHERE u.places > 0.8 * l.places
ORDER BY object
