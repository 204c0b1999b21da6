-- title: No partition for what comes next
-- deliverable: schema
-- severity: high
-- examines: partitioned tables
-- why: The first row after the last partition's end is refused, and with it everything that writes to the table.
-- advice: Make the next partitions now, and a job that makes them well ahead of time.
SELECT format('%I.%I', n.nspname, c.relname) AS object,
       CASE WHEN b.partitions = 0 THEN 'no partition at all'
         ELSE format('the last partition ends on %s', b.ends) END AS detail
FROM pg_partitioned_table p
JOIN pg_class c ON c.oid = p.partrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
CROSS JOIN LATERAL (
  SELECT count(*) AS partitions,
         coalesce(bool_or(pg_get_expr(x.relpartbound, x.oid) ~ 'TO \(MAXVALUE'), false) AS endless,
         max((regexp_match(pg_get_expr(x.relpartbound, x.oid), $$ TO \('(\d{4}-\d\d-\d\d)$$))[1])::date AS ends
  FROM pg_inherits h
  JOIN pg_class x ON x.oid = h.inhrelid
  WHERE h.inhparent = p.partrelid
) b
WHERE p.partstrat = 'r' AND p.partdefid = 0
  AND a.atttypid IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
  AND NOT b.endless AND (b.partitions = 0 OR b.ends <= current_date + 2)
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY object
