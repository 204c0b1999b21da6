-- title: A secret inside a function
-- deliverable: security
-- severity: high
-- examines: functions
-- why: Everybody who may connect can read the text of every function, and so can every backup.
-- advice: Change the secret now, and keep it outside: a user mapping of a foreign server, or the application's vault.
SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS object,
       'its text holds a password, a key or a connection string with one' AS detail
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE (
    p.prosrc ~* '\m(password|passwd|pwd|\w*secret|api_?key|access_token)\M[a-z\s]*(:=|=>)\s*''[^'']{4,}'''
    OR p.prosrc ~* '[a-z][a-z0-9+.-]*://[^:/@\s'']+:[^@/\s''%{$]+@'
    OR p.prosrc ~* '\mpassword=[^\s''%{$|]{4,}'
  )
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
ORDER BY object
