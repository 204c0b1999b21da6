-- title: The same index twice
-- deliverable: indexes
-- severity: medium
-- examines: indexes
-- why: Both are kept up to date at every write and take room in memory; only one of them is of use.
-- advice: Keep the one that a constraint or a replica identity stands on, drop the other.
WITH indexes AS (
  SELECT i.indexrelid, i.indisunique, i.indisprimary, i.indimmediate, i.indisreplident, n.nspname, c.relname,
         ic.relname AS index, ic.relkind,
         k.conname, k.contype, pg_get_constraintdef(k.oid) AS constraint_definition,
         pg_get_indexdef(i.indexrelid) AS definition,
         EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = i.indexrelid) AS referenced,
         to_jsonb(i) ->> 'indnullsnotdistinct' AS nulls,
         concat_ws('|', i.indrelid, ic.relam, i.indkey, i.indnkeyatts, i.indclass, i.indcollation, i.indoption,
                   coalesce(pg_get_expr(i.indpred, i.indrelid), '-'),
                   coalesce(pg_get_expr(i.indexprs, i.indrelid), '-')) AS shape
  FROM pg_index i
  JOIN pg_class ic ON ic.oid = i.indexrelid
  JOIN pg_class c ON c.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
  WHERE i.indisvalid AND NOT ic.relispartition
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
), ranked AS (
  SELECT *,
         row_number() OVER best AS place,
         first_value(index) OVER best AS kept,
         first_value(indisunique) OVER best AS kept_unique,
         first_value(indimmediate) OVER best AS kept_immediate,
         first_value(nulls) OVER best AS kept_nulls
  FROM indexes
  WINDOW best AS (
    PARTITION BY shape
    ORDER BY indisprimary DESC, referenced DESC, indisreplident DESC, contype IS NOT NULL DESC, indisunique DESC, indexrelid
  )
)
SELECT format('%I.%I', nspname, index) AS object,
       format('same as %I, %s', kept, pg_size_pretty(pg_relation_size(indexrelid))) AS detail,
       CASE WHEN conname IS NOT NULL THEN format('ALTER TABLE %I.%I DROP CONSTRAINT %I', nspname, relname, conname)
         ELSE format('DROP INDEX %s%I.%I', d.how, nspname, index) END AS fix,
       CASE WHEN conname IS NOT NULL
         THEN format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', nspname, relname, conname, constraint_definition)
         ELSE regexp_replace(replace(definition, ' ON ONLY ', ' ON '), '^CREATE (UNIQUE )?INDEX ',
                             'CREATE \1INDEX ' || d.how) END AS undo
FROM ranked
CROSS JOIN LATERAL (SELECT CASE WHEN relkind = 'i' THEN 'CONCURRENTLY ' ELSE '' END AS how) d
WHERE place > 1 AND NOT referenced AND NOT indisreplident
  -- what stays has to promise no less than what goes
  AND (NOT indisunique OR kept_unique AND (kept_immediate OR NOT indimmediate) AND kept_nulls IS NOT DISTINCT FROM nulls)
ORDER BY object
