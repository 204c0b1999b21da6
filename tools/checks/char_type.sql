-- title: Text padded with blanks
-- deliverable: schema
-- severity: low
-- examines: columns
-- why: char(n) stores and compares with blanks filled up to its length; they come and go between types, and nothing gets faster.
-- advice: Use varchar(n), or text with a CHECK.
SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS object,
       format_type(a.atttypid, a.atttypmod) AS detail,
       CASE WHEN r.rewritable THEN format('ALTER TABLE %I.%I ALTER COLUMN %I TYPE %s', n.nspname, c.relname, a.attname,
                                      CASE WHEN a.atttypmod > 4 THEN format('varchar(%s)', a.atttypmod - 4)
                                        ELSE 'text' END) END AS fix,
       CASE WHEN r.rewritable
         THEN format('ALTER TABLE %I.%I ALTER COLUMN %I TYPE %s', n.nspname, c.relname, a.attname,
                     format_type(a.atttypid, a.atttypmod)) END AS undo
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
  AND a.atttypid = 'bpchar'::regtype
  -- codes of fixed length, such as a currency, are never padded; a uuid has a check of its own
  AND a.atttypmod NOT IN (5, 6, 7, 40)
  AND a.attname !~* '(hash|digest|checksum|fingerprint|md5|sha\d*)'
ORDER BY object
