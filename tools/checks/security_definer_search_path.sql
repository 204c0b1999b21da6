-- title: SECURITY DEFINER function without a safe search_path
-- deliverable: security
-- severity: high
-- examines: functions
-- why: The caller decides which tables and functions it uses, and it uses them with the rights of its owner.
-- advice: Pin the search_path of the function to schemas that only their owner can write to.
WITH open_schema AS (
  SELECT n.nspname
  FROM pg_namespace n
  CROSS JOIN aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
  WHERE a.grantee = 0 AND a.privilege_type = 'CREATE'
), definer AS (
  SELECT n.nspname,
         format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS routine,
         (SELECT substr(c.line, 13) FROM unnest(p.proconfig) AS c (line) WHERE c.line LIKE 'search_path=%') AS path,
         n.nspname NOT IN (SELECT o.nspname FROM open_schema o) AS is_safe_at_home
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE p.prosecdef AND (to_jsonb(p) ->> 'prosqlbody') IS NULL
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
)
SELECT d.routine AS object,
       CASE
         WHEN d.path IS NULL THEN 'it has no search_path of its own'
         ELSE format('everybody may create objects in its search_path: %s', d.path)
       END AS detail,
       CASE WHEN d.is_safe_at_home THEN format('ALTER ROUTINE %s SET search_path = pg_catalog, %I, pg_temp', d.routine, d.nspname) END AS fix,
       CASE
         WHEN NOT d.is_safe_at_home THEN NULL
         WHEN d.path IS NULL THEN format('ALTER ROUTINE %s RESET search_path', d.routine)
         ELSE format('ALTER ROUTINE %s SET search_path = %s', d.routine, d.path)
       END AS undo
FROM definer d
WHERE d.path IS NULL
   OR EXISTS (
     SELECT
     FROM regexp_split_to_table(d.path, '\s*,\s*') AS s (name)
     JOIN open_schema o ON o.nspname = trim(s.name, '"')
   )
ORDER BY object
