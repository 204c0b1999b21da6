-- title: List inside a text
-- deliverable: schema
-- severity: medium
-- examines: columns
-- why: Its members cannot be referenced, counted or found with an index, and every change rewrites the whole list.
-- advice: Move them into a table of their own, or use an array with a GIN index where they are never referenced.
SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS object,
       format('%s, %s', format_type(a.atttypid, a.atttypmod),
              CASE WHEN v.lists THEN 'its values are lists with commas' ELSE 'named like a list' END) AS detail
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
-- words without a space behind the comma, in most values more than one: no sentence, name or number looks like that
LEFT JOIN LATERAL (
  SELECT bool_and(x.value ~ '^[[:alpha:]][[:alnum:]_-]*(,[[:alpha:]][[:alnum:]_-]*)*$')
         AND 2 * count(*) FILTER (WHERE x.value ~ ',') >= count(*) AS lists
  FROM pg_stats s
  CROSS JOIN unnest(coalesce(s.most_common_vals::text::text[], '{}') || coalesce(s.histogram_bounds::text::text[], '{}')) AS x (value)
  WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname AND x.value <> ''
) v ON true
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid IN ('text'::regtype, 'varchar'::regtype)
  AND (
    a.attname ~* '(.(_ids|_csv)$|(^|_)(id|item|user|member|product|email|tag|code|role|recipient)_list$)'
    OR a.attname ~* '(^|_)(tags|keywords|categories|emails|phones|phone_numbers|roles|permissions|recipients|attendees|skills)$'
    OR v.lists
  )
  -- the meta keywords of a page are one text by definition
  AND a.attname !~* '(meta|seo|search|encrypted|raw)'
ORDER BY object
