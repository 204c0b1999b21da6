-- title: Period that may end before it begins
-- deliverable: schema
-- severity: low
-- examines: columns
-- why: Two dates that were swapped are stored without a complaint; the row is then in no period, and sums over periods are wrong.
-- advice: Add the CHECK; where the end is unknown until later, NULL passes it.
WITH moments AS (
  SELECT c.oid, c.relkind, n.nspname, c.relname, a.attname, a.attnum, a.atttypid,
         regexp_replace(a.attname, '(^|_)(starts?|started|begins?|began|from|since)(_|$)', '\1*\3') AS begins,
         regexp_replace(a.attname, '(^|_)(ends?|ended|finish|finished|to|until|till)(_|$)', '\1*\3') AS ends
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
    AND a.atttypid IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
)
SELECT format('%I.%I.%I', e.nspname, e.relname, e.attname) AS object,
       format('nothing keeps %I behind %I', e.attname, b.attname) AS detail,
       CASE WHEN e.relkind = 'r'
         THEN format('ALTER TABLE %1$I.%2$I ADD CONSTRAINT %3$I CHECK (%4$I >= %5$I) NOT VALID; ALTER TABLE %1$I.%2$I VALIDATE CONSTRAINT %3$I',
                     e.nspname, e.relname, f.name, e.attname, b.attname)
         ELSE format('ALTER TABLE %I.%I ADD CONSTRAINT %I CHECK (%I >= %I)', e.nspname, e.relname, f.name, e.attname, b.attname)
       END AS fix,
       format('ALTER TABLE %I.%I DROP CONSTRAINT %I', e.nspname, e.relname, f.name) AS undo
FROM moments e
JOIN moments b ON b.oid = e.oid AND b.atttypid = e.atttypid AND b.begins = e.ends
  AND b.begins <> b.attname AND e.ends <> e.attname
CROSS JOIN LATERAL (SELECT left(format('%s_%s', e.relname, e.attname), 46) || '_behind_begin' AS name) f
WHERE NOT EXISTS (
    SELECT FROM pg_constraint k
    WHERE k.conrelid = e.oid AND k.contype = 'c' AND k.conkey @> ARRAY[e.attnum, b.attnum]
  )
  -- an exclusion over a range of both: such a range cannot be made the wrong way round
  AND NOT EXISTS (
    SELECT FROM pg_constraint k
    WHERE k.conrelid = e.oid AND k.contype = 'x'
      AND position(quote_ident(b.attname) || ', ' || quote_ident(e.attname) IN pg_get_constraintdef(k.oid)) > 0
  )
ORDER BY object
