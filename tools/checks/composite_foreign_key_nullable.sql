-- title: Foreign key of several columns that may be half empty
-- deliverable: schema
-- severity: medium
-- examines: foreign keys
-- why: With one of its columns empty the foreign key is not checked at all, so half a reference can be stored.
-- advice: Make the columns NOT NULL, or demand that all or none of them are given.
SELECT format('%I.%I.%I', n.nspname, c.relname, k.conname) AS object,
       format('%s may be empty independently', string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)) AS detail,
       format('ALTER TABLE %1$I.%2$I ADD CONSTRAINT %3$I CHECK (num_nulls(%4$s) IN (0, %5$s)) NOT VALID; '
              'ALTER TABLE %1$I.%2$I VALIDATE CONSTRAINT %3$I',
              n.nspname, c.relname, left(k.conname, 50) || '_all_or_none',
              string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum), count(*)) AS fix,
       format('ALTER TABLE %I.%I DROP CONSTRAINT %I', n.nspname, c.relname, left(k.conname, 50) || '_all_or_none') AS undo
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) AND NOT a.attnotnull
WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confmatchtype = 's'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
GROUP BY k.oid, n.nspname, c.relname, k.conname, k.conrelid
-- one empty column, say of (tenant_id NOT NULL, parent_id), is simply an optional reference
HAVING count(*) > 1
  AND NOT EXISTS (
    SELECT FROM pg_constraint o
    WHERE o.conrelid = k.conrelid AND o.contype = 'c' AND o.conkey @> array_agg(a.attnum)
  )
ORDER BY object
