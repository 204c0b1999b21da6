-- title: uuid stored as text
-- deliverable: schema
-- severity: low
-- examines: columns
-- why: As text it takes 37 bytes instead of 16 in the table and in every index, and two spellings of one uuid are different.
-- advice: Use uuid: ALTER COLUMN … TYPE uuid USING …::uuid, together with the columns that reference it.
SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS object,
       format_type(a.atttypid, a.atttypmod) AS detail
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND a.attnum > 0 AND NOT a.attisdropped
  AND (
    -- 36 characters are the length of a uuid (the modifier counts four more)
    a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND a.atttypmod = 40
      AND a.attname ~* '(^|_)(id|uuid|guid|uid|key|token)$'
    OR a.atttypid IN ('text'::regtype, 'varchar'::regtype) AND a.attname ~* '(^|_)(uuid|guid)$'
      AND (a.atttypmod = -1 OR a.atttypmod >= 36)
  )
ORDER BY object
