-- title: btree on an array or on jsonb
-- deliverable: indexes
-- severity: medium
-- examines: indexes
-- why: It finds whole values only, never an element or a key inside, and fails to store a value of more than 2.7 kB.
-- advice: Use a GIN index, or a btree on the expression that is looked up, such as (data ->> 'status').
SELECT format('%I.%I', n.nspname, ic.relname) AS object,
       string_agg(format('%I.%I is %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod)), ', '
         ORDER BY a.attnum) AS detail
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_am m ON m.oid = ic.relam
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
JOIN pg_type t ON t.oid = a.atttypid
WHERE m.amname IN ('btree', 'hash') AND NOT i.indisunique AND NOT ic.relispartition
  AND (t.typcategory = 'A' OR a.atttypid = 'jsonb'::regtype)
  -- a path is sorted as a whole, to read a tree from the top
  AND a.attname !~* '(path|lineage|ancestor|sort|order)'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
GROUP BY n.nspname, ic.relname
ORDER BY object
