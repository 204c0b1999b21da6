-- title: A policy lets everybody write every row
-- deliverable: security
-- severity: high
-- examines: policies
-- why: Row-level security is on, but this policy allows all of it.
-- advice: Compare with the tenant or the user, or name the roles it is meant for.
WITH policy AS (
  SELECT p.*,
         regexp_replace(coalesce(p.qual, 'true'), '[\s()]', '', 'g') IN ('true', '1=1') AS finds_all,
         regexp_replace(coalesce(p.with_check, p.qual, 'true'), '[\s()]', '', 'g') IN ('true', '1=1') AS allows_all
  FROM pg_policies p
)
SELECT format('%I on %I.%I', p.policyname, p.schemaname, p.tablename) AS object,
       format('%s for PUBLIC with the condition true', p.cmd) AS detail
FROM policy p
WHERE p.permissive = 'PERMISSIVE' AND 'public' = ANY (p.roles) AND p.cmd <> 'SELECT'
  AND p.finds_all AND (p.allows_all OR p.cmd = 'DELETE')
  AND NOT EXISTS (
    SELECT
    FROM pg_policies o
    WHERE o.schemaname = p.schemaname AND o.tablename = p.tablename AND o.permissive = 'RESTRICTIVE' AND o.cmd IN ('ALL', p.cmd)
  )
ORDER BY object
