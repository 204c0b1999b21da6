-- title: Generated key that ends at two thousand million
-- deliverable: schema
-- severity: medium
-- examines: tables
-- why: Inserts fail for good once the numbers are used up, and widening a key under load is a project of weeks.
-- advice: Make it bigint while the table is small, together with the columns that reference it.
SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS object,
       format('%s, generated', format_type(a.atttypid, NULL)) AS detail
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND k.conkey = ARRAY[a.attnum]
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE k.contype = 'p' AND a.atttypid IN ('smallint'::regtype, 'integer'::regtype)
  AND (a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%')
  -- a list of countries does not grow: what does refers to something, tells a time, or is large already
  AND (
    c.reltuples > 1000000
    OR EXISTS (SELECT FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid)
    OR EXISTS (
      SELECT FROM pg_attribute t
      WHERE t.attrelid = c.oid AND NOT t.attisdropped AND t.atttypid IN ('timestamp'::regtype, 'timestamptz'::regtype)
    )
  )
  AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY object
