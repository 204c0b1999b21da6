-- Scans are only counted since the statistics began; too short a while says nothing about an index.
WITH period AS (
  SELECT coalesce(d.stats_reset, pg_postmaster_start_time()) AS since,
         (SELECT coalesce(sum(s.idx_scan), 0) FROM pg_stat_user_indexes s) AS scans
  FROM pg_stat_database d
  WHERE d.datname = current_database()
), plain AS (
  SELECT count(*) FILTER (WHERE c.relkind = 'i') AS plain, count(*) AS total
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE NOT c.relispartition
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
), seen AS (
  SELECT x.plain, x.total, p.since, p.scans, p.since <= now() - interval '7 days' OR p.scans >= 10000 AS enough
  FROM period p, plain x
)
SELECT CASE WHEN enough THEN plain ELSE 0 END AS examined,
       total,
       CASE
         WHEN total = 0 THEN ''
         WHEN NOT enough THEN format(
           'statistics are %s old and hold %s index scans; 7 days or 10000 scans are needed',
           CASE
             WHEN now() - since < interval '2 hours' THEN round(extract(epoch FROM now() - since) / 60) || ' minutes'
             WHEN now() - since < interval '2 days' THEN round(extract(epoch FROM now() - since) / 3600) || ' hours'
             ELSE round(extract(epoch FROM now() - since) / 86400) || ' days'
           END,
           scans
         )
         WHEN plain < total THEN 'PostgreSQL counts no scans of a partitioned index'
         ELSE ''
       END AS because
FROM seen
