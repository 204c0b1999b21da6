SELECT count(*) FILTER (WHERE has_sequence_privilege(c.oid, 'SELECT, USAGE')) AS examined,
       count(*) AS total,
       CASE WHEN coalesce(bool_and(has_sequence_privilege(c.oid, 'SELECT, USAGE')), true) THEN ''
         ELSE 'this role may not read the other sequences; GRANT SELECT ON ALL SEQUENCES lets it' END AS because
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
