-- title: Deleted rows still hold their unique value
-- deliverable: schema
-- severity: medium
-- examines: indexes
-- why: Who was deleted cannot come back with the same value, since the row that is marked as deleted still occupies it.
-- advice: Build the unique index anew WHERE deleted_at IS NULL, concurrently, then drop the old one; ON CONFLICT has to name the same condition.
SELECT format('%I.%I', n.nspname, ic.relname) AS object,
       format('holds rows whose %I is set', d.attname) AS detail
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute d ON d.attrelid = c.oid AND NOT d.attisdropped
  AND d.attname IN ('deleted_at', 'discarded_at', 'archived_at')
  AND d.atttypid IN ('timestamp'::regtype, 'timestamptz'::regtype)
WHERE i.indisunique AND i.indisvalid AND NOT i.indisprimary AND NOT i.indisreplident AND i.indpred IS NULL
  AND d.attnum <> ALL (i.indkey::int2[]) AND coalesce(pg_get_expr(i.indexprs, i.indrelid), '') !~ d.attname
  -- what a foreign key points to has to stay unique as a whole
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND k.conindid = i.indexrelid)
  -- numbers and tokens are given once and never again; a reference to one other row is a part of it
  AND NOT EXISTS (
    SELECT FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])
      AND (
        a.attname ~* '(uuid|guid|token|number|digest|hash|secret|external|remote|transaction|reference|idempotency|sequen|position|version)'
        OR NOT EXISTS (SELECT FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f'
          AND a.attnum = ANY (f.conkey))
          AND (a.atttypid = 'uuid'::regtype OR a.attname ~ '_id$')
      )
  )
  AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY object
