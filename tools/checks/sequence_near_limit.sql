-- title: Sequence that runs out
-- deliverable: schema
-- severity: critical
-- examines: sequences
-- why: When the last number is taken every insert fails.
-- advice: Widen the column to bigint before that: a new column, a backfill, a switch; a sequence alone is widened in an instant.
WITH used AS (
  -- the narrowest column that takes its numbers from the sequence, owned or by default
  SELECT d.refobjid AS sequence, d.column_oid, d.column_number
  FROM (
    SELECT objid AS refobjid, refobjid AS column_oid, refobjsubid AS column_number
    FROM pg_depend
    WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i') AND refobjsubid > 0
    UNION
    SELECT p.refobjid, f.adrelid, f.adnum
    FROM pg_depend p
    JOIN pg_attrdef f ON f.oid = p.objid
    WHERE p.classid = 'pg_attrdef'::regclass AND p.refclassid = 'pg_class'::regclass
  ) d
), sequences AS (
  SELECT n.nspname, c.relname, s.seqtypid, s.seqmax, s.seqmin, s.seqincrement, t.columns,
         least(s.seqmax, t.holds) AS highest,
         CASE
           WHEN has_sequence_privilege(c.oid, 'SELECT, USAGE') AND NOT (pg_is_in_recovery() AND c.relpersistence = 'u')
             THEN pg_sequence_last_value(c.oid)
         END AS last
  FROM pg_sequence s
  JOIN pg_class c ON c.oid = s.seqrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (
    SELECT min(CASE a.atttypid WHEN 'smallint'::regtype THEN 32767 WHEN 'integer'::regtype THEN 2147483647 END) AS holds,
           string_agg(format('%I.%I.%I %s', tn.nspname, tc.relname, a.attname, format_type(a.atttypid, NULL)), ', '
                      ORDER BY tc.relname, a.attname) AS columns
    FROM used u
    JOIN pg_attribute a ON a.attrelid = u.column_oid AND a.attnum = u.column_number
    JOIN pg_class tc ON tc.oid = u.column_oid AND NOT tc.relispartition
    JOIN pg_namespace tn ON tn.oid = tc.relnamespace
    WHERE u.sequence = s.seqrelid
  ) t
  WHERE NOT s.seqcycle
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
)
SELECT format('%I.%I', nspname, relname) AS object,
       format('%s of %s numbers used (%s %%)%s', p.done, p.all_of_them, floor(100 * p.done / p.all_of_them),
              coalesce('; feeds ' || columns, '')) AS detail,
       CASE WHEN p.widens THEN format('ALTER SEQUENCE %I.%I AS bigint NO MAXVALUE', nspname, relname) END AS fix,
       CASE WHEN p.widens
         THEN format('ALTER SEQUENCE %I.%I AS %s MAXVALUE %s', nspname, relname, format_type(seqtypid, NULL), seqmax)
       END AS undo
FROM sequences
CROSS JOIN LATERAL (
  SELECT CASE WHEN seqincrement > 0 THEN last - seqmin ELSE seqmax - last END::numeric AS done,
         CASE WHEN seqincrement > 0 THEN highest - seqmin ELSE seqmax - seqmin END::numeric AS all_of_them,
         -- the sequence itself is the limit, and its column could hold more
         seqincrement > 0 AND columns IS NOT NULL AND columns !~ ' (integer|smallint)(,|$)' AS widens
) p
WHERE last IS NOT NULL AND p.all_of_them > 0 AND p.done >= 0.7 * p.all_of_them
ORDER BY object
