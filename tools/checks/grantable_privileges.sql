-- title: A role may pass its privileges on
-- deliverable: security
-- severity: low
-- examines: tables
-- why: Who has access is then decided by a role that does not own the data.
-- advice: Revoke the grant option; its owner grants.
SELECT format('%I.%I for %I', n.nspname, c.relname, r.rolname) AS object,
       string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) || ' WITH GRANT OPTION' AS detail,
       format('REVOKE GRANT OPTION FOR %s ON TABLE %I.%I FROM %I', string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), n.nspname, c.relname, r.rolname) AS fix,
       format('GRANT %s ON TABLE %I.%I TO %I WITH GRANT OPTION', string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), n.nspname, c.relname, r.rolname) AS undo
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN aclexplode(c.relacl) a
JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.is_grantable AND a.grantee <> c.relowner AND NOT r.rolsuper
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
GROUP BY n.nspname, c.relname, r.rolname
ORDER BY object
