-- title: More than 15 indexes on one table
-- deliverable: indexes
-- severity: low
-- examines: tables
-- why: Each insert, and each update of an indexed column, has to write to all of them.
-- advice: Drop those that are not used, and merge those that begin with the same columns.
SELECT format('%I.%I', n.nspname, c.relname) AS object,
       format('%s indexes', count(*)) AS detail
FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
GROUP BY n.nspname, c.relname
HAVING count(*) > 15
ORDER BY object
