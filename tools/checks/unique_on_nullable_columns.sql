-- title: Unique key that empty values slip through
-- deliverable: schema
-- severity: medium
-- examines: indexes
-- why: Two empty values are never equal to a unique index, so the same combination can be stored any number of times.
-- advice: Make the column NOT NULL, or declare the key NULLS NOT DISTINCT (PostgreSQL 15), or add a partial unique index for the empty case.
SELECT format('%I.%I', n.nspname, ic.relname) AS object,
       format('%s of %I may be empty', k.nullable, c.relname) AS detail
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
  SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY p.place) FILTER (WHERE NOT a.attnotnull) AS nullable,
         bool_and(NOT a.attnotnull) AS all_nullable,
         -- an empty name or number may well be given twice; an empty reference, time or choice makes a hole
         bool_or(NOT a.attnotnull AND (t.typcategory IN ('D', 'B', 'E') OR EXISTS (
           SELECT FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f' AND a.attnum = ANY (f.conkey)
         ))) AS hole
  FROM unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS p (attnum, place)
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.attnum
  JOIN pg_type t ON t.oid = a.atttypid
) k
WHERE i.indisunique AND NOT i.indisprimary AND i.indisvalid AND i.indnkeyatts > 1 AND i.indpred IS NULL
  AND i.indexprs IS NULL
  AND to_jsonb(i) ->> 'indnullsnotdistinct' IS DISTINCT FROM 'true'
  AND k.nullable IS NOT NULL AND (k.hole OR k.all_nullable)
  -- a partial unique index for the empty case closes the hole
  AND NOT EXISTS (
    SELECT FROM pg_index o
    WHERE o.indrelid = i.indrelid AND o.indisunique AND pg_get_expr(o.indpred, o.indrelid) ~ ' IS NULL'
  )
  AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY object
