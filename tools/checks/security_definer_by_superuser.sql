-- title: Everybody may run a function as superuser
-- deliverable: security
-- severity: critical
-- examines: functions
-- why: One mistake in its text and every role is superuser.
-- advice: Revoke EXECUTE from PUBLIC and grant it to who needs it; better, let a role with few rights own the function.
SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS object,
       format('runs as %I, PUBLIC may execute it', r.rolname) AS detail,
       format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))) AS fix,
       format('GRANT EXECUTE ON ROUTINE %s TO PUBLIC', format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))) AS undo
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_roles r ON r.oid = p.proowner
CROSS JOIN aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
WHERE p.prosecdef AND r.rolsuper AND a.grantee = 0 AND a.privilege_type = 'EXECUTE'
  AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
ORDER BY object
