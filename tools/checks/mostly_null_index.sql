-- title: Index that is mostly empty values
-- deliverable: indexes
-- severity: info
-- examines: statistics
-- why: More than nine of ten entries stand for rows without a value, which are hardly ever looked for.
-- advice: Make it partial, WHERE the column IS NOT NULL, unless queries look for the empty ones.
SELECT format('%I.%I', n.nspname, ic.relname) AS object,
       format('%s %% of %I.%I are empty, %s', floor(s.null_frac * 100), c.relname, a.attname,
              pg_size_pretty(pg_relation_size(ic.oid))) AS detail
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_am m ON m.oid = ic.relam
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
  AND s.inherited = (c.relkind = 'p')
WHERE s.null_frac > 0.9 AND i.indpred IS NULL AND NOT i.indisunique AND m.amname = 'btree' AND NOT ic.relispartition
  -- of a small table, or of a queue that looks for the empty ones, nothing is to be saved
  AND c.reltuples >= 1000 AND a.attname !~* '_(at|on)$'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY object
