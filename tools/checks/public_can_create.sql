-- title: Everybody may create objects in a schema
-- deliverable: security
-- severity: high
-- examines: schemas
-- why: Anybody can put a table or function there that others then use by mistake (CVE-2018-1058).
-- advice: Revoke it, and give CREATE to the role that owns the tables.
SELECT n.nspname::text AS object,
       'PUBLIC may CREATE' AS detail,
       format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', n.nspname) AS fix,
       format('GRANT CREATE ON SCHEMA %I TO PUBLIC', n.nspname) AS undo
FROM pg_namespace n
CROSS JOIN aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
WHERE a.grantee = 0 AND a.privilege_type = 'CREATE'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
ORDER BY object
