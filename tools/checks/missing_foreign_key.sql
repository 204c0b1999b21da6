-- title: Column that names a table but has no foreign key
-- deliverable: schema
-- severity: medium
-- examines: columns
-- why: Rows can point to something that is not there, and nothing tells the planner or the reader what belongs together.
-- advice: Look for rows that point nowhere, put them right, then add the foreign key NOT VALID and validate it.
WITH columns AS (
  SELECT c.oid, c.relnamespace, n.nspname, c.relname, c.relkind, a.attname, a.atttypid,
         regexp_replace(a.attname, '_?id$', '', 'i') AS stem,
         EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p'
           AND k.conkey = ARRAY[a.attnum]) AS is_key,
         EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'
           AND a.attnum = ANY (k.conkey)) AS tied
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
    AND a.attnum > 0 AND NOT a.attisdropped
    AND a.attname ~* '.id$'
), compared AS (
  SELECT *,
         count(*) FILTER (WHERE is_key) OVER namesakes AS keys,
         max(oid) FILTER (WHERE is_key) OVER namesakes AS key_table
  FROM columns
  WINDOW namesakes AS (PARTITION BY relnamespace, lower(attname))
), loose AS (
  SELECT *
  FROM compared
  -- logs, archives and the like are meant to outlive what they tell of
  WHERE NOT tied AND relname !~* '(audit|histor|archiv|staging|snapshot|backup|import)|(^|_)(raw|te?mp|logs?)(_|$)'
), guesses AS (
  -- the column is named like a table
  SELECT o.*, t.oid AS target, 1 AS rank
  FROM loose o
  CROSS JOIN unnest(ARRAY[o.stem, lower(o.stem)]) AS stems (stem)
  CROSS JOIN unnest(ARRAY[
    stems.stem, stems.stem || 's', stems.stem || 'es', regexp_replace(stems.stem, 'y$', 'ies'),
    regexp_replace(stems.stem, 'person$', 'people')
  ]) AS guess (name)
  JOIN pg_class t ON t.relnamespace = o.relnamespace AND t.relname = guess.name AND t.relkind IN ('r', 'p')
    AND NOT t.relispartition
  UNION ALL
  -- the column is named like the primary key of exactly one table
  SELECT o.*, o.key_table, 2
  FROM loose o
  WHERE o.keys = 1 AND NOT o.is_key
), best AS (
  SELECT DISTINCT ON (g.oid, g.attname)
         g.nspname, g.relname, g.relkind, g.attname, g.nspname AS key_schema, t.relname AS key_table, b.attname AS key_column
  FROM guesses g
  JOIN pg_class t ON t.oid = g.target AND t.oid <> g.oid
  JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'p' AND cardinality(k.conkey) = 1
  JOIN pg_attribute b ON b.attrelid = t.oid AND b.attnum = k.conkey[1]
  WHERE b.atttypid = g.atttypid
    OR b.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)
      AND g.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)
    OR b.atttypid IN ('text'::regtype, 'varchar'::regtype) AND g.atttypid IN ('text'::regtype, 'varchar'::regtype)
  ORDER BY g.oid, g.attname, g.rank, t.relname
)
SELECT format('%I.%I.%I', nspname, relname, attname) AS object,
       format('looks like a reference to %I.%I (%I)', key_schema, key_table, key_column) AS detail,
       CASE WHEN relkind = 'p'
         THEN format('ALTER TABLE %I.%I ADD CONSTRAINT %I FOREIGN KEY (%I) REFERENCES %I.%I (%I)',
                     nspname, relname, f.name, attname, key_schema, key_table, key_column)
         ELSE format('ALTER TABLE %1$I.%2$I ADD CONSTRAINT %3$I FOREIGN KEY (%4$I) REFERENCES %5$I.%6$I (%7$I) NOT VALID; '
                     'ALTER TABLE %1$I.%2$I VALIDATE CONSTRAINT %3$I',
                     nspname, relname, f.name, attname, key_schema, key_table, key_column)
       END AS fix,
       format('ALTER TABLE %I.%I DROP CONSTRAINT %I', nspname, relname, f.name) AS undo
FROM best
CROSS JOIN LATERAL (SELECT left(format('%s_%s', relname, attname), 50) || '_fkey' AS name) f
ORDER BY object
