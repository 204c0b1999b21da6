-- title: Grade or percentage that may be any number
-- deliverable: schema
-- severity: info
-- examines: columns
-- why: Seventeen stars of five are stored without a complaint and pull every average.
-- advice: Add a CHECK with the lowest and the highest value that can be meant; only you know them.
SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS object,
       format('%s without CHECK', format_type(a.atttypid, a.atttypmod)) AS detail
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'numeric'::regtype, 'real'::regtype, 'double precision'::regtype)
  AND a.attname ~* '(^|_)(stars|rating|grade|quality|percent|percentage)$'
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'f')
    AND a.attnum = ANY (k.conkey))
ORDER BY object
