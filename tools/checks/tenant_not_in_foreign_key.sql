-- title: Reference that may cross from one tenant to another
-- deliverable: schema
-- severity: low
-- examines: foreign keys
-- why: Both rows carry a tenant and nothing says that it is the same one; row-level security does not look at what foreign keys refer to.
-- advice: Put the tenant into the foreign key, (tenant, column), for which the other table needs a unique key of the same two columns.
SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS object,
       format('%I of the row and %I of its %I.%I may differ', own.attname, other.attname, rn.nspname, r.relname) AS detail
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class r ON r.oid = k.confrelid
JOIN pg_namespace rn ON rn.oid = r.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
JOIN pg_attribute own ON own.attrelid = c.oid AND own.attnum > 0 AND NOT own.attisdropped
JOIN pg_attribute other ON other.attrelid = r.oid AND other.attnum > 0 AND NOT other.attisdropped
  AND other.attname = own.attname
WHERE k.contype = 'f' AND k.conparentid = 0 AND cardinality(k.conkey) = 1
  AND own.attname IN ('tenant_id', 'organization_id', 'organisation_id', 'org_id', 'workspace_id')
  -- where they may be empty some rows are nobody's or everybody's, on purpose
  AND own.attnotnull AND other.attnotnull
  AND own.attnum <> ALL (k.conkey) AND other.attnum <> ALL (k.confkey)
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  -- a second foreign key that has both columns keeps them together
  AND NOT EXISTS (
    SELECT FROM pg_constraint o
    WHERE o.conrelid = c.oid AND o.contype = 'f' AND o.conkey @> ARRAY[a.attnum, own.attnum]
  )
ORDER BY object
