-- title: One mail address, two accounts
-- deliverable: schema
-- severity: low
-- examines: columns
-- why: A unique key on plain text takes Ann@example.com and ann@example.com for two people.
-- advice: Add a unique index on lower(email) and look up with it, or store it in lower case only.
SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS object,
       format('unique in %I, where upper and lower case are different', x.index) AS detail,
       CASE WHEN c.relkind = 'r'
         THEN format('CREATE UNIQUE INDEX CONCURRENTLY %I ON %I.%I (%s)%s', f.name, n.nspname, c.relname, x.keys,
                     x.predicate) END AS fix,
       CASE WHEN c.relkind = 'r' THEN format('DROP INDEX CONCURRENTLY %I.%I', n.nspname, f.name) END AS undo
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_collation o ON o.oid = a.attcollation
CROSS JOIN LATERAL (SELECT left(format('%s_%s', c.relname, a.attname), 50) || '_lower_key' AS name) f
CROSS JOIN LATERAL (
  SELECT ic.relname AS index,
         coalesce(' WHERE ' || pg_get_expr(i.indpred, i.indrelid), '') AS predicate,
         (
           SELECT string_agg(CASE WHEN p.attnum = a.attnum THEN format('lower(%I)', a.attname)
             ELSE quote_ident(b.attname) END, ', '
                             ORDER BY p.place)
           FROM unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS p (attnum, place)
           JOIN pg_attribute b ON b.attrelid = c.oid AND b.attnum = p.attnum
         ) AS keys
  FROM pg_index i
  JOIN pg_class ic ON ic.oid = i.indexrelid
  WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indexprs IS NULL
    AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
  ORDER BY i.indnkeyatts, ic.relname
  LIMIT 1
) x
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid IN ('text'::regtype, 'varchar'::regtype) AND a.attname ~* '(^|_)e_?mail(_?address)?$'
  AND o.collisdeterministic
  AND NOT EXISTS (
    SELECT FROM pg_index i
    WHERE i.indrelid = c.oid AND pg_get_indexdef(i.indexrelid) ~* ('(lower|upper|citext).*' || a.attname)
  )
  AND NOT EXISTS (
    SELECT FROM pg_constraint k
    WHERE k.conrelid = c.oid AND k.contype = 'c' AND a.attnum = ANY (k.conkey)
      AND pg_get_constraintdef(k.oid) ~* '(lower|upper)\('
  )
ORDER BY object
