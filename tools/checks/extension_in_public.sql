-- title: An extension lives in schema public
-- deliverable: security
-- severity: info
-- examines: extensions
-- why: Its functions mix with the application's, and show up in generated interfaces.
-- advice: Make a schema extensions and move it there with ALTER EXTENSION … SET SCHEMA.
SELECT e.extname::text AS object,
       'in schema public' AS detail
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE n.nspname = 'public'
ORDER BY object
