-- title: Tree whose rows cannot be deleted
-- deliverable: schema
-- severity: info
-- examines: foreign keys
-- why: Deleting a row that has children fails until somebody deletes or moves them first.
-- advice: Decide what becomes of the children: ON DELETE CASCADE, SET NULL, or keep it so that a branch has to be emptied first.
SELECT format('%I.%I.%I', n.nspname, c.relname, k.conname) AS object,
       pg_get_constraintdef(k.oid) AS detail
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid = k.confrelid AND k.confdeltype = 'a'
  AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY object
