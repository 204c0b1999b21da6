-- title: Row-level security without a policy
-- deliverable: security
-- severity: info
-- examines: tables
-- why: Everybody but the owner sees no row; that may be meant, or a policy was forgotten.
-- advice: Write the policy, or say in a comment that nobody shall see rows.
SELECT format('%I.%I', n.nspname, c.relname) AS object,
       'row-level security is on, there is no policy' AS detail
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relrowsecurity AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
ORDER BY object
