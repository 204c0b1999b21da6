-- title: A view shows rows of all tenants
-- deliverable: security
-- severity: high
-- examines: views
-- why: It reads the table as its owner, whom the policies do not bind.
-- advice: Set security_invoker (PostgreSQL 15 and later), or let a role that is bound by the policies own the view.
-- postgres: 13-14
SELECT format('%I.%I', n.nspname, v.relname) AS object,
       format('reads %s with the rights of %I', string_agg(DISTINCT format('%I.%I', tn.nspname, t.relname), ', '), o.rolname) AS detail
FROM pg_class v
JOIN pg_namespace n ON n.oid = v.relnamespace
JOIN pg_roles o ON o.oid = v.relowner
JOIN pg_rewrite w ON w.ev_class = v.oid
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
JOIN pg_class t ON t.oid = d.refobjid AND t.relrowsecurity
JOIN pg_namespace tn ON tn.oid = t.relnamespace
WHERE v.relkind = 'v'
  AND (o.rolsuper OR o.rolbypassrls OR t.relowner = v.relowner AND NOT t.relforcerowsecurity)
  AND NOT EXISTS (
    SELECT
    FROM pg_options_to_table(v.reloptions) x
    WHERE x.option_name = 'security_invoker' AND lower(x.option_value) IN ('true', 'on', 'yes', '1')
  )
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
GROUP BY n.nspname, v.relname, o.rolname
ORDER BY object
-- postgres: 15-
SELECT format('%I.%I', n.nspname, v.relname) AS object,
       format('reads %s with the rights of %I', string_agg(DISTINCT format('%I.%I', tn.nspname, t.relname), ', '), o.rolname) AS detail,
       format('ALTER VIEW %I.%I SET (security_invoker = on)', n.nspname, v.relname) AS fix,
       format('ALTER VIEW %I.%I RESET (security_invoker)', n.nspname, v.relname) AS undo
FROM pg_class v
JOIN pg_namespace n ON n.oid = v.relnamespace
JOIN pg_roles o ON o.oid = v.relowner
JOIN pg_rewrite w ON w.ev_class = v.oid
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
JOIN pg_class t ON t.oid = d.refobjid AND t.relrowsecurity
JOIN pg_namespace tn ON tn.oid = t.relnamespace
WHERE v.relkind = 'v'
  AND (o.rolsuper OR o.rolbypassrls OR t.relowner = v.relowner AND NOT t.relforcerowsecurity)
  AND NOT EXISTS (
    SELECT
    FROM pg_options_to_table(v.reloptions) x
    WHERE x.option_name = 'security_invoker' AND lower(x.option_value) IN ('true', 'on', 'yes', '1')
  )
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
GROUP BY n.nspname, v.relname, o.rolname
ORDER BY object
