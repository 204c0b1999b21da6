-- title: Table that a crash empties
-- deliverable: schema
-- severity: medium
-- examines: tables
-- why: An unlogged table is emptied after a crash, is absent on every replica and in every physical backup's recovery.
-- advice: SET LOGGED, unless all of it can be made anew at any time; it writes the table anew under a lock.
SELECT format('%I.%I', n.nspname, c.relname) AS object,
       pg_size_pretty(pg_relation_size(c.oid)) AS detail,
       format('ALTER TABLE %I.%I SET LOGGED', n.nspname, c.relname) AS fix,
       format('ALTER TABLE %I.%I SET UNLOGGED', n.nspname, c.relname) AS undo
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'u'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY object
