-- title: Superusers that can log in
-- deliverable: security
-- severity: medium
-- examines: roles
-- why: A superuser may do everything in every database and run programs on the server; each more is one more password to lose.
-- advice: Keep one for emergencies; give administrators roles such as pg_monitor and pg_signal_backend, and SET ROLE for the rest.
SELECT r.rolname::text AS object,
       'is a superuser and may log in' AS detail,
       format('ALTER ROLE %I NOSUPERUSER', r.rolname) AS fix,
       format('ALTER ROLE %I SUPERUSER', r.rolname) AS undo
FROM pg_roles r
WHERE r.rolsuper AND r.rolcanlogin AND r.oid <> 10
  AND r.rolname !~ '^(rds|cloudsql|azure|supabase_|alloydb|neon_|aiven)'
ORDER BY object
