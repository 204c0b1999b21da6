-- title: Moment without a time zone
-- deliverable: schema
-- severity: medium
-- examines: columns
-- why: The same value means another moment to every session with another time zone, and an hour a year is ambiguous.
-- advice: Use timestamptz: ALTER COLUMN … TYPE timestamptz USING … AT TIME ZONE the zone in which the values were written; date where there is no time of day.
SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS object,
       format_type(a.atttypid, a.atttypmod) AS detail
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid = 'timestamp'::regtype
  -- the notes of migration tools are theirs
  AND c.relname NOT IN ('ar_internal_metadata', 'flyway_schema_history', 'databasechangelog', 'databasechangeloglock',
                        'knex_migrations',
                        'SequelizeMeta', '__EFMigrationsHistory', '_prisma_migrations')
  -- a local time is meant where its zone stands beside it or the name says so
  AND a.attname !~* 'local'
  AND NOT EXISTS (
    SELECT FROM pg_attribute z
    WHERE z.attrelid = c.oid AND NOT z.attisdropped AND z.attname ~* '(^|_)(tz|time_?zone)(_|$)'
  )
ORDER BY object
