-- title: Index that not all partitions have
-- deliverable: indexes
-- severity: high
-- examines: indexes
-- why: Queries on partitions without it read all of their rows, and a unique one promises nothing.
-- advice: Create the index on the missing partitions, concurrently, and ATTACH each; with the last one it becomes valid.
SELECT format('%I.%I', n.nspname, ic.relname) AS object,
       CASE WHEN missing.partitions IS NULL THEN format('an index of %I is attached but invalid', c.relname)
         ELSE format('missing on %s', missing.partitions) END AS detail
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_am m ON m.oid = ic.relam
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
  SELECT string_agg(format('%I.%I', pn.nspname, p.relname), ', ' ORDER BY p.relname) AS partitions
  FROM pg_inherits h
  JOIN pg_class p ON p.oid = h.inhrelid
  JOIN pg_namespace pn ON pn.oid = p.relnamespace
  WHERE h.inhparent = c.oid
    AND NOT EXISTS (
      SELECT FROM pg_index pi JOIN pg_inherits ih ON ih.inhrelid = pi.indexrelid
      WHERE pi.indrelid = p.oid AND ih.inhparent = i.indexrelid
    )
) missing
WHERE ic.relkind = 'I' AND NOT i.indisvalid
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY object
