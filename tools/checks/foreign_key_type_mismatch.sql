-- title: Foreign key column cannot hold every key
-- deliverable: schema
-- severity: medium
-- examines: foreign keys
-- why: A key that outgrows the referencing column can no longer be referenced, and a comparison of unlike types may not use an index.
-- advice: Give the column the type of the key it references; where the table is large, by a new column, a backfill and a switch.
SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS object,
       string_agg(
         DISTINCT format('%s references %I.%I.%I, which is %s',
                         format_type(a.atttypid, a.atttypmod), rn.nspname, rc.relname, b.attname,
                         format_type(b.atttypid, b.atttypmod)),
         '; '
       ) AS detail,
       CASE WHEN bool_and(w.rewritable)
         THEN min(format('ALTER TABLE %I.%I ALTER COLUMN %I TYPE %s', n.nspname, c.relname, a.attname,
                                                        format_type(b.atttypid, b.atttypmod))) END AS fix,
       CASE WHEN bool_and(w.rewritable)
         THEN min(format('ALTER TABLE %I.%I ALTER COLUMN %I TYPE %s', n.nspname, c.relname, a.attname,
                                                        format_type(a.atttypid, a.atttypmod))) END AS undo
FROM pg_constraint k
CROSS JOIN unnest(k.conkey, k.confkey) AS pair (mine, theirs)
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.mine
JOIN pg_class rc ON rc.oid = k.confrelid
JOIN pg_namespace rn ON rn.oid = rc.relnamespace
JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.theirs
JOIN pg_type at ON at.oid = a.atttypid
JOIN pg_type bt ON bt.oid = b.atttypid
CROSS JOIN LATERAL (
  SELECT coalesce(nullif(at.typbasetype, 0), at.oid) AS mine, coalesce(nullif(bt.typbasetype, 0), bt.oid) AS theirs
) base
CROSS JOIN LATERAL (
  -- a rewrite locks the table: offered only where it is short and nothing else depends on the column
  SELECT c.relkind = 'r' AND pg_relation_size(c.oid) < 100 * 1024 * 1024
    AND NOT EXISTS (
      SELECT FROM pg_depend u
      WHERE u.refclassid = 'pg_class'::regclass AND u.refobjid = c.oid AND u.refobjsubid = a.attnum
        AND u.classid IN ('pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass)
    )
    AND NOT EXISTS (
      SELECT FROM pg_constraint o WHERE o.contype = 'f' AND o.confrelid = c.oid AND a.attnum = ANY (o.confkey)
    ) AS rewritable
) w
WHERE k.contype = 'f' AND k.conparentid = 0 AND base.mine <> base.theirs
  -- text and varchar are one type to an index, and an integer that is wider than its key does no harm
  AND NOT (base.mine IN ('text'::regtype, 'varchar'::regtype) AND base.theirs IN ('text'::regtype, 'varchar'::regtype))
  AND NOT (base.mine = 'bigint'::regtype AND base.theirs IN ('integer'::regtype, 'smallint'::regtype))
  AND NOT (base.mine = 'integer'::regtype AND base.theirs = 'smallint'::regtype)
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
GROUP BY 1
ORDER BY object
