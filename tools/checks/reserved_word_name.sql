-- title: Name that is a reserved word
-- deliverable: schema
-- severity: low
-- examines: columns
-- why: A query that forgets the quotes fails, or means something else: SELECT user gives the role.
-- advice: Choose another word for new names; rename old ones only together with the application.
WITH names AS (
  SELECT format('%I.%I', n.nspname, c.relname) AS object, c.relname AS name
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  UNION ALL
  SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname), a.attname
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
    AND a.attnum > 0 AND NOT a.attisdropped
)
SELECT object, format('%s is a reserved word', upper(name)) AS detail
FROM names
JOIN pg_get_keywords() k ON k.word = name AND k.catcode IN ('R', 'T')
ORDER BY object
