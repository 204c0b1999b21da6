-- title: Dynamic SQL put together from strings
-- deliverable: security
-- severity: high
-- examines: functions
-- why: A value with a quote in it becomes part of the statement: SQL injection inside the database.
-- advice: Use EXECUTE format('… %I … %L', …) for names and EXECUTE … USING for values.
-- A statement counts when a name, not a literal, is put in and nothing quotes it.
SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS object,
       'EXECUTE ' || left(min(trim(regexp_replace(x.part[1], '\s+', ' ', 'g'))), 100) AS detail
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
CROSS JOIN regexp_matches(
  regexp_replace(p.prosrc, '(--[^\n]*|/\*.*?\*/)', ' ', 'g'), '\mexecute\s+([^;]*\|\|[^;]*)', 'gi'
) AS x (part)
WHERE l.lanname = 'plpgsql'
  AND x.part[1] ~* '(\|\|\s*[a-z_]|[a-z0-9_)\]]\s*\|\|)'
  AND x.part[1] !~* '(quote_ident|quote_literal|quote_nullable|format\s*\(|::\s*reg)'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
GROUP BY n.nspname, p.proname, p.oid
ORDER BY object
