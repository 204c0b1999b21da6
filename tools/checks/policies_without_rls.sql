-- title: Policies that do nothing
-- deliverable: security
-- severity: critical
-- examines: tables
-- why: Row-level security was never turned on for the table: everybody with SELECT sees all rows.
-- advice: Turn it on, after a test with the role of the application.
SELECT format('%I.%I', n.nspname, c.relname) AS object,
       format('policies: %s; row-level security is off', string_agg(quote_ident(p.polname), ', ' ORDER BY p.polname)) AS detail,
       format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', n.nspname, c.relname) AS fix,
       format('ALTER TABLE %I.%I DISABLE ROW LEVEL SECURITY', n.nspname, c.relname) AS undo
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT c.relrowsecurity
GROUP BY n.nspname, c.relname
ORDER BY object
