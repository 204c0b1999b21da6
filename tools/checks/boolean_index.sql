-- title: Index on yes or no
-- deliverable: indexes
-- severity: low
-- examines: indexes
-- why: It has two different entries: for the common one the whole table is read anyway, for the rare one a partial index is far smaller.
-- advice: Replace it by a partial index on the columns that are looked up, WHERE the flag has its rare value.
SELECT format('%I.%I', n.nspname, ic.relname) AS object,
       format('on %I.%I, %s', c.relname, a.attname, pg_size_pretty(pg_relation_size(ic.oid))) AS detail
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_am m ON m.oid = ic.relam
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] AND a.atttypid = 'boolean'::regtype
WHERE i.indnatts = 1 AND i.indpred IS NULL AND NOT i.indisunique AND m.amname IN ('btree', 'hash') AND NOT ic.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY object
