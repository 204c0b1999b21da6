-- title: A role may do more than its work
-- deliverable: security
-- severity: medium
-- examines: roles
-- why: CREATEROLE can make and change roles, BYPASSRLS sees the rows of every tenant, REPLICATION copies everything; an application needs none of them.
-- advice: Take them from roles that applications use; keep REPLICATION for a role that does nothing else.
WITH power AS (
  SELECT r.rolname,
         array_remove(ARRAY[
           CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
           CASE WHEN r.rolcreatedb THEN 'CREATEDB' END,
           CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END,
           CASE WHEN r.rolreplication AND EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid) THEN 'REPLICATION' END
         ], NULL) AS words
  FROM pg_roles r
  WHERE r.rolcanlogin AND NOT r.rolsuper
    AND r.rolname !~ '^(rds|cloudsql|azure|supabase_|alloydb|neon_|aiven)'
)
SELECT p.rolname::text AS object,
       array_to_string(p.words, ', ') AS detail,
       format('ALTER ROLE %I NO%s', p.rolname, array_to_string(p.words, ' NO')) AS fix,
       format('ALTER ROLE %I %s', p.rolname, array_to_string(p.words, ' ')) AS undo
FROM power p
WHERE p.words <> '{}'
ORDER BY object
