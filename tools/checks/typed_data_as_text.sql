-- title: Date, number or yes/no stored as text
-- deliverable: schema
-- severity: medium
-- examines: columns
-- why: Nothing stops 'soon' or '12,5' from being stored; text sorts '10' before '9' and every comparison needs a cast.
-- advice: Give it its real type: date or timestamptz, numeric or integer, boolean; look at the values that do not fit first.
SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS object,
       format('%s, %s', format_type(a.atttypid, a.atttypmod),
              CASE WHEN k.kind IS NULL THEN 'its values are numbers' ELSE 'named like a ' || k.kind END) AS detail
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
  SELECT CASE
    WHEN a.attname ~* '^(is|has)_' THEN 'yes or no'
    WHEN a.attname ~* '(created|updated|deleted|inserted|modified|expires|started|finished|paid|sent)_(at|on)$' THEN 'moment'
    WHEN a.attname ~* '(^|_)date$|^date_of_|_at$|(^|_)birthday$' THEN 'date'
    WHEN a.attname ~* '(^|_)(count|amount|qty|quantity|price)$' THEN 'number'
  END AS kind
) k
-- Numbers of several lengths; what counts nothing (codes, telephones, versions) has a name for it, a leading zero or one length.
LEFT JOIN LATERAL (
  SELECT bool_and(x.value ~ '^-?(0|[1-9][0-9]*)([.,][0-9]+)?$') AND count(*) >= 20
         AND count(DISTINCT length(x.value)) > 1 AS numbers
  FROM pg_stats s
  CROSS JOIN unnest(coalesce(s.most_common_vals::text::text[], '{}') || coalesce(s.histogram_bounds::text::text[], '{}')) AS x (value)
  WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
    AND a.attname !~* '(id|no|nr|num|number|code|key|ref|phone|fax|mobile|zip|post|version|house|account|token|name|label|title|hash)s?$'
) v ON true
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid IN ('text'::regtype, 'varchar'::regtype) AND (k.kind IS NOT NULL OR v.numbers)
  AND a.attname !~* '(encrypted|hash|cipher|raw|original|display|label|format)'
ORDER BY object
