-- title: Table of more than 50 columns
-- deliverable: schema
-- severity: low
-- examines: tables
-- why: Every row that is read or changed moves all of it, and most of the columns belong to only some of the rows.
-- advice: Split off the groups of columns that are used together into tables of their own.
SELECT format('%I.%I', n.nspname, c.relname) AS object,
       format('%s columns', count(*)) AS detail
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND a.attnum > 0 AND NOT a.attisdropped
GROUP BY n.nspname, c.relname
HAVING count(*) > 50
ORDER BY object
