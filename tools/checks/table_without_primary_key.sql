-- title: Table without a primary key
-- deliverable: schema
-- severity: high
-- examines: tables
-- why: Rows cannot be told apart; logical replication refuses updates and online repacking is impossible.
-- advice: Add a primary key; an identity column where no column is a natural one. That of a partitioned table has to hold the columns it is partitioned by; a table that inherits can have that of its parent.
SELECT format('%I.%I', n.nspname, c.relname) AS object,
       'no primary key' AS detail,
       CASE WHEN a.alone
         THEN format('ALTER TABLE %I.%I ADD COLUMN row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY', n.nspname, c.relname)
         ELSE '' END AS fix,
       CASE WHEN a.alone THEN format('ALTER TABLE %I.%I DROP COLUMN row_id', n.nspname, c.relname) ELSE '' END AS undo
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
  SELECT c.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_inherits h WHERE c.oid IN (h.inhrelid, h.inhparent)) AS alone
) a
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p')
ORDER BY 1
