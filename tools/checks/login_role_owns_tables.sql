-- title: A role that logs in owns tables
-- deliverable: security
-- severity: medium
-- examines: roles
-- why: An owner may drop its tables and is not bound by row-level security; an injected statement may too.
-- advice: Let a role without login own them, and give the application only what it needs.
SELECT r.rolname::text AS object,
       format('owns %s tables', count(*)) AS detail
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_roles r ON r.oid = c.relowner
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND r.rolcanlogin AND NOT r.rolsuper
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
GROUP BY r.rolname
ORDER BY object
