-- title: Deleted rows in every index
-- deliverable: indexes
-- severity: info
-- examines: tables
-- why: The rows that are marked as deleted stay in each index and are read and thrown away again and again.
-- advice: Where they are many, make the indexes partial, WHERE deleted_at IS NULL.
SELECT format('%I.%I', n.nspname, c.relname) AS object,
       format('%I is in the predicate of no index', a.attname) AS detail
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attname IN ('deleted_at', 'discarded_at', 'is_deleted', 'deleted')
  AND a.atttypid IN ('timestamp'::regtype, 'timestamptz'::regtype, 'boolean'::regtype)
  -- there is something to make partial; unique ones are another finding
  AND EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND NOT i.indisunique)
  AND NOT EXISTS (
    SELECT FROM pg_index i WHERE i.indrelid = c.oid AND pg_get_expr(i.indpred, i.indrelid) ~ a.attname
  )
ORDER BY object
