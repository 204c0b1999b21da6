-- title: Rows in the default partition
-- deliverable: schema
-- severity: medium
-- examines: partitioned tables
-- why: They are where no partition was made in time; making it now fails until they are moved, and scans all of the default partition.
-- advice: Detach the default partition, make the missing ones, move the rows, attach it again.
SELECT format('%I.%I', n.nspname, c.relname) AS object,
       format('%s in the default partition of %I.%I', pg_size_pretty(pg_relation_size(c.oid)), pn.nspname,
              pc.relname) AS detail
FROM pg_partitioned_table p
JOIN pg_class pc ON pc.oid = p.partrelid
JOIN pg_namespace pn ON pn.oid = pc.relnamespace
JOIN pg_class c ON c.oid = p.partdefid AND c.relkind = 'r'
JOIN pg_namespace n ON n.oid = c.relnamespace
-- the default of a list is often a place of its own, that of a range never is
WHERE p.partstrat = 'r'
  -- a table that was never analyzed has no number of rows, but it has a size
  AND (
    c.reltuples > 0
    OR coalesce(pg_stat_get_live_tuples(c.oid), 0) > 0
    OR c.relpages = 0 AND pg_relation_size(c.oid) > 0
  )
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY object
