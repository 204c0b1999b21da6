-- title: A table of tenants is left out of row-level security
-- deliverable: security
-- severity: medium
-- examines: tables
-- why: Other tables with the same column are protected; in this one every tenant sees all rows.
-- advice: Add the same policy and turn row-level security on.
WITH tenant AS (
  SELECT n.nspname, c.relname, a.attname, c.relrowsecurity
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
    AND a.attname IN ('tenant_id', 'organization_id', 'organisation_id', 'org_id', 'account_id', 'workspace_id')
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
)
SELECT format('%I.%I', t.nspname, t.relname) AS object,
       format('has %s, row-level security is off', string_agg(quote_ident(t.attname), ', ' ORDER BY t.attname)) AS detail
FROM tenant t
WHERE NOT t.relrowsecurity
  AND EXISTS (SELECT FROM tenant o WHERE o.attname = t.attname AND o.relrowsecurity)
GROUP BY t.nspname, t.relname
ORDER BY object
