-- title: An extension that reaches out of the database
-- deliverable: security
-- severity: low
-- examines: extensions
-- why: It reads files, opens connections or changes pages; few applications need that.
-- advice: Drop it if nothing uses it; otherwise revoke its functions from all but one role.
SELECT e.extname::text AS object,
       CASE e.extname
         WHEN 'dblink' THEN 'opens connections to any server'
         WHEN 'pg_surgery' THEN 'changes rows behind the back of transactions'
         ELSE 'reaches files of the server'
       END AS detail,
       format('DROP EXTENSION %I', e.extname) AS fix,
       format('CREATE EXTENSION %I SCHEMA %I', e.extname, n.nspname) AS undo
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname IN ('adminpack', 'file_fdw', 'dblink', 'pg_surgery')
ORDER BY object
