-- title: Name that needs quotes
-- deliverable: schema
-- severity: low
-- examines: tables
-- why: Without quotes it is folded to lower case and not found, so everybody who writes SQL by hand stumbles over it.
-- advice: Use lower case and underscores for new names; rename old ones only together with the application.
SELECT format('%I.%I', n.nspname, c.relname) AS object,
       concat_ws('; ', CASE WHEN c.relname !~ '^[[:lower:]_][[:lower:]0-9_$]*$' THEN 'the table itself' END,
                 'columns ' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)) AS detail
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attname !~ '^[[:lower:]_][[:lower:]0-9_$]*$'
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  -- the notes of migration tools are theirs
  AND c.relname NOT IN ('ar_internal_metadata', 'flyway_schema_history', 'databasechangelog', 'databasechangeloglock',
                        'knex_migrations',
                        'SequelizeMeta', '__EFMigrationsHistory', '_prisma_migrations')
GROUP BY c.oid, n.nspname, c.relname
HAVING c.relname !~ '^[[:lower:]_][[:lower:]0-9_$]*$' OR count(a.attname) > 0
ORDER BY object
