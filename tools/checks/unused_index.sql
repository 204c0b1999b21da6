-- title: Index that no query uses
-- deliverable: indexes
-- severity: low
-- examines: index usage
-- why: Every write keeps it up to date, it takes room in memory, and updates of its columns cannot be done in place.
-- advice: Make sure that no monthly job, no replica and no deployment of yesterday needs it, then drop it.
WITH period AS (
  SELECT coalesce(d.stats_reset, pg_postmaster_start_time()) AS since,
         (SELECT coalesce(sum(s.idx_scan), 0) FROM pg_stat_user_indexes s) AS scans,
         (SELECT count(*) FROM pg_stat_replication) AS replicas
  FROM pg_stat_database d
  WHERE d.datname = current_database()
), usage AS (
  SELECT s.indexrelid, s.idx_scan, (to_jsonb(s) ->> 'last_idx_scan')::timestamptz AS last
  FROM pg_stat_user_indexes s
)
SELECT format('%I.%I', n.nspname, ic.relname) AS object,
       concat_ws(
         ', ',
         CASE WHEN u.idx_scan = 0 THEN format('never used since %s', to_char(p.since, 'YYYY-MM-DD HH24:MI'))
           ELSE format('last used on %s', u.last::date) END,
         CASE WHEN p.since <= now() - interval '7 days'
           THEN format('statistics are %s days old', extract(day FROM now() - p.since))
           ELSE format('the database has seen %s index scans', p.scans) END,
         pg_size_pretty(pg_relation_size(ic.oid)),
         CASE WHEN p.replicas > 0 THEN format('%s replicas not examined', p.replicas) END,
         CASE WHEN pg_is_in_recovery() THEN 'this is a replica, the primary was not examined' END
       ) AS detail,
       format('DROP INDEX CONCURRENTLY %I.%I', n.nspname, ic.relname) AS fix,
       regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE INDEX ', 'CREATE INDEX CONCURRENTLY ') AS undo
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN usage u ON u.indexrelid = i.indexrelid
CROSS JOIN period p
WHERE (p.since <= now() - interval '7 days' OR p.scans >= 10000)
  AND (u.idx_scan = 0 OR u.last < now() - interval '90 days')
  AND NOT i.indisunique AND i.indisvalid AND NOT i.indisreplident AND NOT i.indisclustered AND NOT ic.relispartition
  AND pg_relation_size(ic.oid) > 64 * 1024
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
  -- deletes of referenced rows need it, however rare they are
  AND NOT EXISTS (
    SELECT FROM pg_constraint k
    WHERE k.contype = 'f' AND k.conrelid = i.indrelid
      AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
      AND k.conkey @> (i.indkey::int2[])[0:cardinality(k.conkey) - 1]
  )
  -- of two equal ones only one is ever used; that is another finding
  AND NOT EXISTS (
    SELECT
    FROM pg_index o
    JOIN pg_class oc ON oc.oid = o.indexrelid
    WHERE o.indrelid = i.indrelid AND o.indexrelid <> i.indexrelid AND oc.relam = ic.relam
      AND o.indkey::text = i.indkey::text AND o.indclass::text = i.indclass::text AND o.indnkeyatts = i.indnkeyatts
      AND pg_get_expr(o.indpred, o.indrelid) IS NOT DISTINCT FROM pg_get_expr(i.indpred, i.indrelid)
      AND pg_get_expr(o.indexprs, o.indrelid) IS NOT DISTINCT FROM pg_get_expr(i.indexprs, i.indrelid)
  )
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY object
