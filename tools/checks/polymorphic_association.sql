-- title: Reference whose table stands in another column
-- deliverable: schema
-- severity: medium
-- examines: columns
-- why: No foreign key can hold it: rows point to what was deleted long ago, and every join has to know the names of all the tables.
-- advice: One nullable foreign key for each table, with CHECK (num_nonnulls(…) = 1); or a common parent table.
SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS object,
       format('%I says which table %I belongs to', t.attname, a.attname) AS detail
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute t ON t.attrelid = c.oid AND NOT t.attisdropped
  AND t.attname = regexp_replace(a.attname, '(_id|Id)$', CASE WHEN a.attname ~ 'Id$' THEN 'Type' ELSE '_type' END)
CROSS JOIN LATERAL (SELECT lower(regexp_replace(a.attname, '(_id|Id)$', '')) AS stem) s
JOIN pg_type y ON y.oid = t.atttypid AND y.typcategory IN ('S', 'E')
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attname ~ '.(_id|Id)$'
  AND a.atttypid IN ('integer'::regtype, 'bigint'::regtype, 'uuid'::regtype, 'text'::regtype, 'varchar'::regtype)
  AND NOT EXISTS (
    SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey)
  )
  -- unique without its type it is the row's own number, such as that of an event
  AND NOT EXISTS (
    SELECT FROM pg_index i
    WHERE i.indrelid = c.oid AND i.indisunique AND a.attnum = ANY (i.indkey::int2[]) AND t.attnum <> ALL (i.indkey::int2[])
  )
  -- an audit trail has to outlive what it tells of
  AND c.relname !~* '(audit|histor|archiv|^versions$)'
  -- a table of that name makes it a plain reference, and the type a kind
  AND NOT EXISTS (
    SELECT FROM pg_class o
    WHERE o.relnamespace = c.relnamespace AND o.relkind IN ('r', 'p')
      AND lower(o.relname) IN (s.stem, s.stem || 's', s.stem || 'es', regexp_replace(s.stem, 'y$', 'ies'))
  )
ORDER BY object
