-- pg_stats shows a table's statistics only to those who may read its columns, and to nobody whom row security restricts.
WITH readable AS (
  SELECT has_any_column_privilege(c.oid, 'SELECT') AND NOT (c.relrowsecurity AND row_security_active(c.oid)) AS allowed,
         EXISTS (SELECT FROM pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname)
           -- of an empty table there is nothing to know
           OR c.relkind = 'r' AND pg_relation_size(c.oid) = 0 AS analyzed
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
)
SELECT count(*) FILTER (WHERE allowed AND analyzed) AS examined,
       count(*) AS total,
       concat_ws(
         '; ',
         nullif(count(*) FILTER (WHERE NOT allowed), 0) || ' tables whose statistics this role may not read',
         nullif(count(*) FILTER (WHERE allowed AND NOT analyzed), 0) || ' tables that were never analyzed'
       ) AS because
FROM readable
