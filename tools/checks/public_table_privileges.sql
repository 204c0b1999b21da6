-- title: Everybody has privileges on a table
-- deliverable: security
-- severity: high
-- examines: tables
-- why: Every role that is ever made, for whatever purpose, can read or change these rows.
-- advice: Revoke them, and grant them to the roles that need them.
SELECT format('%I.%I', n.nspname, c.relname) AS object,
       'PUBLIC has ' || string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS detail,
       format('REVOKE %s ON TABLE %I.%I FROM PUBLIC', string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), n.nspname, c.relname) AS fix,
       format('GRANT %s ON TABLE %I.%I TO PUBLIC', string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), n.nspname, c.relname) AS undo
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN aclexplode(c.relacl) a
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.grantee = 0
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
GROUP BY n.nspname, c.relname
ORDER BY object
