-- title: Table of attributes and values
-- deliverable: schema
-- severity: medium
-- examines: tables
-- why: Every value is text, none can be required or checked, and to read one thing takes a join for each of its attributes.
-- advice: Give the known attributes columns of their own; keep what is truly free in one jsonb column.
SELECT format('%I.%I', n.nspname, c.relname) AS object,
       string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS detail
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
  SELECT a.attname ~* '^(custom_?)?(attribute|attr|property|field|meta)(_?(name|key|id|code))?$'
           -- a key or a name alone may belong to any table
           OR a.attname ~* '^(key|name)$'
             AND c.relname ~* '(attribute|propert|eav|meta(data)?s?$|custom_?field|field_?value)' AS attribute,
         a.attname ~* '^(value|val|((attr|attribute|property|field|meta|string|text|int|number|date)_?)(value|val))$|^value_' AS value
) is_
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND a.attnum > 0 AND NOT a.attisdropped
GROUP BY n.nspname, c.relname
HAVING bool_or(is_.attribute) AND bool_or(is_.value) AND bool_or(a.attname ~* '.id$' AND NOT is_.attribute)
  AND count(*) <= 10
ORDER BY object
