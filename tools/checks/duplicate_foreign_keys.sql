-- title: The same foreign key twice
-- deliverable: schema
-- severity: low
-- examines: foreign keys
-- why: Every insert and every delete pays for the same check again, and of two different actions only one can be meant.
-- advice: Keep one of them: the validated one with the action that is meant.
WITH keys AS (
  SELECT k.oid, k.conrelid, k.conname, k.convalidated, n.nspname, c.relname, c.relkind,
         pg_get_constraintdef(k.oid) AS definition,
         concat_ws(' ', k.confupdtype, k.confdeltype, k.confmatchtype, k.condeferrable, k.condeferred) AS actions,
         concat_ws(' ', k.conrelid, k.confrelid, pairs.columns) AS shape
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (
    SELECT string_agg(format('%s=%s', mine, theirs), ',' ORDER BY mine) AS columns
    FROM unnest(k.conkey, k.confkey) AS pair (mine, theirs)
  ) pairs
  WHERE k.contype = 'f' AND k.conparentid = 0 AND to_jsonb(k) ->> 'conenforced' IS DISTINCT FROM 'false'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
), ranked AS (
  SELECT *,
         row_number() OVER best AS place,
         first_value(conname) OVER best AS kept,
         first_value(actions) OVER best AS kept_actions
  FROM keys
  WINDOW best AS (PARTITION BY shape ORDER BY convalidated DESC, oid)
)
SELECT format('%I.%I.%I', nspname, relname, conname) AS object,
       CASE WHEN actions = kept_actions THEN format('same as %I', kept)
         ELSE format('same columns as %I with other actions: %s', kept, definition) END AS detail,
       CASE WHEN actions = kept_actions
         THEN format('ALTER TABLE %I.%I DROP CONSTRAINT %I', nspname, relname, conname) END AS fix,
       CASE
         WHEN actions <> kept_actions THEN NULL
         WHEN relkind = 'r' AND convalidated THEN
           format('ALTER TABLE %1$I.%2$I ADD CONSTRAINT %3$I %4$s NOT VALID; ALTER TABLE %1$I.%2$I VALIDATE CONSTRAINT %3$I',
                  nspname, relname, conname, definition)
         ELSE format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', nspname, relname, conname, definition)
       END AS undo
FROM ranked
WHERE place > 1
ORDER BY object
