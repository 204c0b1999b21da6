-- title: Statements are not counted
-- deliverable: queries
-- severity: medium
-- examines: extensions
-- why: Without pg_stat_statements nobody knows which statements use the server.
-- advice: Add it to shared_preload_libraries, restart, then CREATE EXTENSION in this database.
WITH state AS (
  SELECT EXISTS (SELECT FROM pg_extension e WHERE e.extname = 'pg_stat_statements') AS is_created,
         (SELECT s.setting ~ 'pg_stat_statements' FROM pg_settings s WHERE s.name = 'shared_preload_libraries') AS is_loaded
)
SELECT 'pg_stat_statements' AS object,
       CASE
         WHEN NOT s.is_created THEN 'the extension is not in this database'
         ELSE 'the extension is there, but not in shared_preload_libraries'
       END AS detail,
       CASE WHEN s.is_loaded AND NOT s.is_created THEN 'CREATE EXTENSION pg_stat_statements' END AS fix,
       CASE WHEN s.is_loaded AND NOT s.is_created THEN 'DROP EXTENSION pg_stat_statements' END AS undo
FROM state s
WHERE NOT s.is_created OR NOT s.is_loaded
ORDER BY object
