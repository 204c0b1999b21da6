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
  SELECT count(*) AS partitions, coalesce(bool_or(x.bound ~ 'TO \(MAXVALUE'), false) AS endless,
         max(x.ends) AS ends, (max(ARRAY[x.ends, x.starts]))[2] AS starts
  FROM (
    SELECT e.bound,
           (regexp_match(e.bound, $$FROM \('(\d{4}-\d\d-\d\d)$$))[1]::date AS starts,
           (regexp_match(e.bound, $$ TO \('(\d{4}-\d\d-\d\d)$$))[1]::date AS ends
    FROM pg_inherits h
    JOIN pg_class x ON x.oid = h.inhrelid
    CROSS JOIN LATERAL (SELECT pg_get_expr(x.relpartbound, x.oid) AS bound) e
    WHERE h.inhparent = p.partrelid
  ) x
) b
WHERE p.partstrat = 'r' AND p.partdefid = 0
  AND a.atttypid IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
  AND NOT b.endless
  -- time to act: two days, for partitions of a month a week, for longer ones up to a month
  AND (b.partitions = 0 OR b.ends <= current_date + greatest(2, least(30, coalesce((b.ends - b.starts) / 4, 0))))
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY object
