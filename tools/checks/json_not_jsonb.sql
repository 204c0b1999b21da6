-- title: json that is parsed at every look
-- deliverable: schema
-- severity: low
-- examines: columns
-- why: json is stored as text: every access parses it again, it has no equality, and no index can look inside.
-- advice: Use jsonb, unless the exact text is needed, such as for a signature.
SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS object,
       format_type(a.atttypid, a.atttypmod) AS detail,
       CASE WHEN r.rewritable
         THEN format('ALTER TABLE %I.%I ALTER COLUMN %I TYPE jsonb', n.nspname, c.relname, a.attname) END AS fix,
       CASE WHEN r.rewritable
         THEN format('ALTER TABLE %I.%I ALTER COLUMN %I TYPE json', n.nspname, c.relname, a.attname) END AS undo
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
  -- a rewrite locks the table: offered only where it is short and nothing else depends on the column
  SELECT c.relkind = 'r' AND pg_relation_size(c.oid) < 100 * 1024 * 1024
    AND NOT EXISTS (
      SELECT FROM pg_depend u
      WHERE u.refclassid = 'pg_class'::regclass AND u.refobjid = c.oid AND u.refobjsubid = a.attnum
        AND u.classid IN ('pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass)
    )
    AND NOT EXISTS (
      SELECT FROM pg_constraint k
      WHERE k.contype = 'f'
        AND (k.conrelid = c.oid AND a.attnum = ANY (k.conkey) OR k.confrelid = c.oid AND a.attnum = ANY (k.confkey))
    ) AS rewritable
) r
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid = 'json'::regtype
  -- what is kept as it came in has a reason to stay text
  AND a.attname !~* '(^|_)(raw|original|signed)(_|$)'
ORDER BY object
