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
  AND (
    a.attname ~* '(^|_)(status|state|stage|phase|kind|priority|severity|role)$'
    -- by these names alone it could be a free text: a few code words in many rows show that it is none
    OR a.attname ~* '(^|_)(plan|tier|level|mode|type|category|channel|method|visibility|frequency|direction|outcome)$'
    AND EXISTS (
      SELECT FROM pg_stats s
      WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
        AND s.n_distinct BETWEEN 2 AND 10 AND s.histogram_bounds IS NULL AND c.reltuples >= 10 * s.n_distinct
        AND (SELECT bool_and(v.word ~ '^[[:alpha:]][[:alpha:]_-]{1,20}$') FROM unnest(s.most_common_vals::text::text[]) AS v (word))
    )
  )
  -- the state of an address is a place
  AND NOT (a.attname ~* 'state$' AND EXISTS (
    SELECT FROM pg_attribute o
    WHERE o.attrelid = c.oid AND NOT o.attisdropped AND o.attname ~* '(city|zip|postal|post_?code|country|street|abbrev)'
  ))
  AND NOT EXISTS (
    SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'f') AND a.attnum = ANY (k.conkey)
  )
  -- which table the column beside it refers to: that is a reference to several tables, which another check names
  AND NOT EXISTS (
    SELECT FROM pg_attribute o
    WHERE a.attname ~ '_type$' AND o.attrelid = c.oid AND NOT o.attisdropped
      AND o.attname = regexp_replace(a.attname, '_type$', '_id')
  )
  -- the table of the values itself
  AND NOT EXISTS (
    SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum
  )
ORDER BY object
