-- title: Constraint that was never validated
-- deliverable: migrations
-- severity: medium
-- examines: constraints
-- why: New rows are checked but old ones may break the rule, and the planner does not rely on it.
-- advice: Look for the rows that break it, put them right, then VALIDATE CONSTRAINT; it blocks neither reads nor writes.
SELECT format('%I.%I.%I', n.nspname, c.relname, k.conname) AS object,
       pg_get_constraintdef(k.oid) AS detail,
       format('ALTER TABLE %I.%I VALIDATE CONSTRAINT %I', n.nspname, c.relname, k.conname) AS fix,
       format('ALTER TABLE %1$I.%2$I DROP CONSTRAINT %3$I; ALTER TABLE %1$I.%2$I ADD CONSTRAINT %3$I %4$s',
              n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid)) AS undo
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT k.convalidated AND k.contype IN ('c', 'f', 'n') AND k.conparentid = 0 AND k.coninhcount = 0
  -- since PostgreSQL 18 a constraint may be NOT ENFORCED, which is a decision and no omission
  AND to_jsonb(k) ->> 'conenforced' IS DISTINCT FROM 'false'
  AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY object
