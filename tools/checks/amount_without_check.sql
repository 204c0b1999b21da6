-- title: Price or quantity that may be negative
-- deliverable: schema
-- severity: info
-- examines: columns
-- why: A sign that was turned around is stored and summed up without a complaint.
-- advice: Add a CHECK where a negative value cannot be meant; refunds and corrections may need it.
SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS object,
       format('%s without CHECK', format_type(a.atttypid, a.atttypmod)) AS detail,
       CASE WHEN c.relkind = 'r'
         THEN format('ALTER TABLE %1$I.%2$I ADD CONSTRAINT %3$I CHECK (%4$I >= 0) NOT VALID; ALTER TABLE %1$I.%2$I VALIDATE CONSTRAINT %3$I',
                     n.nspname, c.relname, f.name, a.attname)
         ELSE format('ALTER TABLE %I.%I ADD CONSTRAINT %I CHECK (%I >= 0)', n.nspname, c.relname, f.name, a.attname)
       END AS fix,
       format('ALTER TABLE %I.%I DROP CONSTRAINT %I', n.nspname, c.relname, f.name) AS undo
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT left(format('%s_%s', c.relname, a.attname), 40) || '_not_negative' AS name) f
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'numeric'::regtype)
  AND a.attname ~* '(price|(^|_)(amount|quantity|qty|stock))(_cents)?$'
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'f')
    AND a.attnum = ANY (k.conkey))
ORDER BY object
