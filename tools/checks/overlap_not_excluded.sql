-- title: Periods of one thing that may overlap
-- deliverable: schema
-- severity: info
-- examines: tables
-- why: Two sessions that look for a free time at once both find it and both write; only a constraint stops the second.
-- advice: Where one thing can have only one at a time, add EXCLUDE USING gist (thing WITH =, tstzrange(begin, end) WITH &&), with the extension btree_gist.
WITH moments AS (
  SELECT c.oid, n.nspname, c.relname, a.attname, a.attnum, a.attnotnull, a.atttypid,
         regexp_replace(a.attname, '(^|_)(starts?|started|begins?|began|from|since)(_|$)', '\1*\3') AS begins,
         regexp_replace(a.attname, '(^|_)(ends?|ended|finish|finished|to|until|till)(_|$)', '\1*\3') AS ends
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
    AND a.atttypid IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
), periods AS (
  SELECT b.oid, b.nspname, b.relname, b.attname AS begins, b.attnum, e.attname AS ends
  FROM moments b
  JOIN moments e ON e.oid = b.oid AND e.atttypid = b.atttypid AND e.ends = b.begins
    AND b.begins <> b.attname AND e.ends <> e.attname
)
SELECT format('%I.%I', p.nspname, p.relname) AS object,
       format('nothing keeps %I to %I of one %s apart from those of another row', p.begins, p.ends,
              string_agg(DISTINCT t.attname, ' or ' ORDER BY t.attname)) AS detail
FROM periods p
JOIN pg_attribute t ON t.attrelid = p.oid
-- whose periods they are: what else is in a key with the beginning, or what a booking refers to
WHERE (
    EXISTS (
      SELECT FROM pg_index i
      WHERE i.indrelid = p.oid AND i.indisunique AND i.indnkeyatts > 1
        AND p.attnum = ANY (i.indkey::int2[]) AND t.attnum = ANY (i.indkey::int2[]) AND t.attnum <> p.attnum
    )
    OR p.relname ~* '(^|_)(appointment|booking|reservation|rental|lease|shift|allocation)s?$' AND EXISTS (
      SELECT FROM pg_constraint k WHERE k.conrelid = p.oid AND k.contype = 'f' AND t.attnum = ANY (k.conkey)
    )
  )
  AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = p.oid AND i.indisexclusion)
GROUP BY p.nspname, p.relname, p.begins, p.ends
ORDER BY object
