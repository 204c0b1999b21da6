-- title: A role reaches the files or the shell of the server
-- deliverable: security
-- severity: critical
-- examines: roles
-- why: With these privileges a role can become superuser: it runs programs, or reads and writes any file, as the server's user.
-- advice: Revoke it; let a job on the client copy files with \copy.
SELECT DISTINCT m.rolname || ' in ' || r.rolname AS object,
       format('%I is a member of %I', m.rolname, r.rolname) AS detail,
       format('REVOKE %I FROM %I', r.rolname, m.rolname) AS fix,
       format('GRANT %I TO %I', r.rolname, m.rolname) AS undo
FROM pg_auth_members a
JOIN pg_roles r ON r.oid = a.roleid
JOIN pg_roles m ON m.oid = a.member
WHERE r.rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
  AND NOT m.rolsuper AND m.rolname !~ '^pg_'
ORDER BY object
