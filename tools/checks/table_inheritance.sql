-- title: Table that inherits from another
-- deliverable: schema
-- severity: low
-- examines: tables
-- why: Keys and foreign keys do not reach the heirs, so a value is unique in each of the tables and in none of them together.
-- advice: Use declarative partitioning where it divides rows, and a foreign key where it makes kinds.
SELECT format('%I.%I', n.nspname, c.relname) AS object,
       format('inherited by %s',
              string_agg(format('%I.%I', hn.nspname, h.relname), ', ' ORDER BY hn.nspname, h.relname)) AS detail
FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhparent
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class h ON h.oid = i.inhrelid
JOIN pg_namespace hn ON hn.oid = h.relnamespace
WHERE c.relkind = 'r' AND h.relkind IN ('r', 'f')
  -- an extension that keeps a table's rows in heirs of its own knows what it does
  AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass AND d.objid = hn.oid AND d.deptype = 'e'
  )
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
GROUP BY n.nspname, c.relname
ORDER BY object
