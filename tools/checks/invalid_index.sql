-- title: Index that was never finished
-- deliverable: migrations
-- severity: high
-- examines: indexes
-- why: It answers no query, yet every write keeps it up to date; a unique one may not hold what it promises.
-- advice: Build it anew, or drop it where it is a leftover of REINDEX CONCURRENTLY.
SELECT format('%I.%I', n.nspname, ic.relname) AS object,
       format('%s, on %I', pg_size_pretty(pg_relation_size(ic.oid)), c.relname) AS detail,
       CASE WHEN ic.relname ~ '_cc(new|old)\d*$' THEN format('DROP INDEX CONCURRENTLY %I.%I', n.nspname, ic.relname)
         ELSE format('REINDEX INDEX CONCURRENTLY %I.%I', n.nspname, ic.relname) END AS fix
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_am m ON m.oid = ic.relam
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE ic.relkind = 'i' AND NOT (i.indisvalid AND i.indisready)
  -- not one that is being built right now; a role without rights sees that something is, but not what
  AND NOT EXISTS (
    SELECT FROM pg_stat_progress_create_index p
    WHERE p.datname = current_database() AND (p.relid IS NULL OR p.index_relid = i.indexrelid OR p.relid = i.indrelid)
  )
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY object
