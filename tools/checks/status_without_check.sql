-- title: Status that can be anything
-- deliverable: schema
-- severity: low
-- examines: columns
-- why: A typing error becomes a new status which no query knows of, and the allowed values are written nowhere.
-- advice: Add a CHECK (… IN (…)) NOT VALID and validate it, or a table of the values with a foreign key, or an enum.
SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS object,
       format('%s without CHECK or foreign key', format_type(a.atttypid, a.atttypmod)) AS detail
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid IN ('text'::regtype, 'varchar'::regtype)
  AND a.attname ~* '(^|_)(status|state|stage|phase|kind|priority|severity|role)$'
  -- the state of an address is a place
  AND NOT (a.attname ~* 'state$' AND EXISTS (
    SELECT FROM pg_attribute o
    WHERE o.attrelid = c.oid AND NOT o.attisdropped AND o.attname ~* '(city|zip|postal|post_?code|country|street|abbrev)'
  ))
  AND NOT EXISTS (
    SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'f') AND a.attnum = ANY (k.conkey)
  )
  -- the table of the values itself
  AND NOT EXISTS (
    SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum
  )
ORDER BY object
