-- title: Column that names a table but has no foreign key
-- deliverable: schema
-- severity: medium
-- examines: columns
-- why: Rows can point to something that is not there, and nothing tells the planner or the reader what belongs together.
-- advice: Look for rows that point nowhere, put them right, then add the foreign key NOT VALID and validate it.
WITH keys AS (
  SELECT c.oid, c.relnamespace, n.nspname, c.relname, a.attname, a.atttypid,
         count(*) OVER (PARTITION BY c.relnamespace, lower(a.attname)) AS namesakes
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
  WHERE k.contype = 'p' AND cardinality(k.conkey) = 1
    AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
), columns AS (
  SELECT c.oid, c.relnamespace, n.nspname, c.relname, c.relkind, a.attname, a.atttypid,
         regexp_replace(lower(a.attname), '_?id$', '') AS stem,
         EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p' AND k.conkey = ARRAY[a.attnum]) AS is_key
  FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND a.attnum > 0 AND NOT a.attisdropped
    AND lower(a.attname) ~ '.id$'
    -- logs, archives and the like are meant to outlive what they tell of
    AND c.relname !~* '(audit|histor|archiv|staging|snapshot|backup|import)|(^|_)(raw|te?mp|logs?)(_|$)'
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey))
)
SELECT format('%I.%I.%I', o.nspname, o.relname, o.attname) AS object,
       format('looks like a reference to %I.%I (%I)', k.nspname, k.relname, k.attname) AS detail,
       CASE WHEN o.relkind = 'p'
         THEN format('ALTER TABLE %I.%I ADD CONSTRAINT %I FOREIGN KEY (%I) REFERENCES %I.%I (%I)',
                     o.nspname, o.relname, f.name, o.attname, k.nspname, k.relname, k.attname)
         ELSE format('ALTER TABLE %1$I.%2$I ADD CONSTRAINT %3$I FOREIGN KEY (%4$I) REFERENCES %5$I.%6$I (%7$I) NOT VALID; '
                     'ALTER TABLE %1$I.%2$I VALIDATE CONSTRAINT %3$I',
                     o.nspname, o.relname, f.name, o.attname, k.nspname, k.relname, k.attname)
       END AS fix,
       format('ALTER TABLE %I.%I DROP CONSTRAINT %I', o.nspname, o.relname, f.name) AS undo
FROM columns o
CROSS JOIN LATERAL (SELECT left(format('%s_%s', o.relname, o.attname), 50) || '_fkey' AS name) f
CROSS JOIN LATERAL (
  SELECT k.*
  FROM keys k
  CROSS JOIN LATERAL (
    SELECT lower(k.relname) IN (o.stem, o.stem || 's', o.stem || 'es', regexp_replace(o.stem, 'y$', 'ies'),
                                regexp_replace(o.stem, 'person$', 'people')) AS by_table,
           lower(k.attname) = lower(o.attname) AND k.namesakes = 1 AND NOT o.is_key AS by_column
  ) m
  WHERE k.relnamespace = o.relnamespace AND k.oid <> o.oid AND (m.by_table OR m.by_column)
    AND (
      k.atttypid = o.atttypid
      OR k.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)
        AND o.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)
      OR k.atttypid IN ('text'::regtype, 'varchar'::regtype) AND o.atttypid IN ('text'::regtype, 'varchar'::regtype)
    )
  ORDER BY m.by_table DESC, k.relname
  LIMIT 1
) k
ORDER BY object
