-- title: Foreign key without an index
-- deliverable: indexes
-- severity: high
-- examines: foreign keys
-- why: Each delete or key change of a referenced row reads the whole referencing table while it holds locks, and joins along the key do so too.
-- advice: Create an index that begins with the columns of the foreign key.
WITH keys AS (
  SELECT n.nspname, c.relname, c.relkind, c.relnamespace, k.conrelid, k.conkey, rn.nspname AS referenced_schema,
         rc.relname AS referenced,
         x.columns, x.quoted, left(format('%s_%s', c.relname, x.joined), 55) AS stem
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class rc ON rc.oid = k.confrelid
  JOIN pg_namespace rn ON rn.oid = rc.relnamespace
  CROSS JOIN LATERAL (
    SELECT CASE WHEN count(*) = 1 THEN min(quote_ident(a.attname))
      ELSE format('(%s)', string_agg(quote_ident(a.attname), ', ' ORDER BY p.place)) END
             AS columns,
           string_agg(quote_ident(a.attname), ', ' ORDER BY p.place) AS quoted,
           string_agg(a.attname, '_' ORDER BY p.place) AS joined
    FROM unnest(k.conkey) WITH ORDINALITY AS p (attnum, place)
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.attnum
  ) x
  WHERE k.contype = 'f' AND k.conparentid = 0
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
    AND NOT EXISTS (
      SELECT
      FROM pg_index i
      JOIN pg_class ic ON ic.oid = i.indexrelid
      JOIN pg_am m ON m.oid = ic.relam
      WHERE i.indrelid = k.conrelid AND i.indisvalid AND m.amname IN ('btree', 'hash')
        AND i.indnkeyatts >= cardinality(k.conkey)
        -- the columns of the key come first, in whatever order
        AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
        AND k.conkey @> (i.indkey::int2[])[0:cardinality(k.conkey) - 1]
        -- of the partial indexes only the one of all references will do
        AND (i.indpred IS NULL OR cardinality(k.conkey) = 1
          AND pg_get_expr(i.indpred, i.indrelid) = format('(%s IS NOT NULL)', x.quoted))
    )
), named AS (
  SELECT k.*,
         k.stem || CASE WHEN EXISTS (SELECT FROM pg_class o WHERE o.relnamespace = k.relnamespace
           AND o.relname = k.stem || '_idx')
           THEN '_fk_idx' ELSE '_idx' END AS index,
         CASE WHEN k.relkind = 'r' THEN 'CONCURRENTLY ' ELSE '' END AS how
  FROM keys k
)
SELECT format('%I.%I.%s', nspname, relname, columns) AS object,
       string_agg(DISTINCT format('references %I.%I', referenced_schema, referenced), ', ') AS detail,
       format('CREATE INDEX %s%I ON %I.%I (%s)', how, index, nspname, relname, quoted) AS fix,
       format('DROP INDEX %s%I.%I', how, nspname, index) AS undo
FROM named
GROUP BY nspname, relname, columns, quoted, how, index
ORDER BY object
