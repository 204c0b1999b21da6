-- title: Yes or no that may also be neither
-- deliverable: schema
-- severity: low
-- examines: columns
-- why: WHERE NOT flag and WHERE flag = false both miss the empty ones, so rows fall out of every list.
-- advice: Give the empty ones a value, then SET NOT NULL; keep it only where unknown is an answer of its own.
SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS object,
       concat_ws(', ', 'boolean that may be empty', 'default ' || pg_get_expr(d.adbin, d.adrelid)) AS detail,
       CASE WHEN r.short
         THEN format('ALTER TABLE %I.%I ALTER COLUMN %I SET NOT NULL', n.nspname, c.relname, a.attname) END AS fix,
       CASE WHEN r.short
         THEN format('ALTER TABLE %I.%I ALTER COLUMN %I DROP NOT NULL', n.nspname, c.relname, a.attname) END AS undo
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
-- SET NOT NULL reads the whole table under a lock: offered only where that is short
CROSS JOIN LATERAL (SELECT c.relkind = 'r' AND pg_relation_size(c.oid) < 100 * 1024 * 1024 AS short) r
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid = 'boolean'::regtype AND NOT a.attnotnull AND a.attgenerated = ''
  -- "approved" without a default may well be undecided; a default or such a name says that two values are meant
  AND (d.oid IS NOT NULL
    OR a.attname ~* '^(is|has|can|allow|allows|enable|should|use)_|(^|_)(active|enabled|disabled|deleted|archived|hidden|visible)$')
  -- a CHECK (flag IS NOT NULL) does the same
  AND NOT EXISTS (
    SELECT FROM pg_constraint k
    WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum]
      AND pg_get_constraintdef(k.oid) ~* 'is not null'
  )
ORDER BY object
