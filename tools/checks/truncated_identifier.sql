-- title: Name that was cut off
-- deliverable: schema
-- severity: low
-- examines: columns
-- why: PostgreSQL cuts names at 63 bytes: two long names can become one, and a migration that uses the whole name does not find it.
-- advice: Give it a shorter name of its own; renaming an index or a constraint is instant.
WITH names AS (
  SELECT format('%I.%I', n.nspname, c.relname) AS object, c.relname AS name
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'i', 'I', 'S') AND NOT c.relispartition
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
    -- PostgreSQL itself shortens the names it makes up, and keeps their endings
    AND NOT (c.relkind IN ('i', 'I', 'S') AND c.relname ~ '_(idx|key|pkey|seq|excl)\d*$')
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
SELECT object, 'its name has 63 bytes, the most there can be' AS detail
FROM names
WHERE octet_length(name::text) = 63
ORDER BY object
