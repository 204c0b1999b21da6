-- title: An untrusted language is installed
-- deliverable: security
-- severity: high
-- examines: languages
-- why: Its functions read and write files and start programs as the server's user.
-- advice: Drop it if no function uses it; keep the functions in it few and reviewed.
SELECT l.lanname::text AS object,
       format('%s functions use it', (SELECT count(*) FROM pg_proc p WHERE p.prolang = l.oid)) AS detail
FROM pg_language l
WHERE NOT l.lanpltrusted AND l.lanname NOT IN ('internal', 'c')
ORDER BY object
