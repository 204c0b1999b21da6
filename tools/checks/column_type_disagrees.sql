-- title: One column name, different types
-- deliverable: schema
-- severity: low
-- examines: columns
-- why: Joining them needs a cast, which an index does not serve, and one of the two holds values that the other cannot.
-- advice: Give both the type of the key they stand for.
WITH named AS (
  SELECT n.nspname, c.relname, a.attname, a.atttypid,
         CASE a.atttypid WHEN 'varchar'::regtype THEN 'text'::regtype::oid ELSE a.atttypid END AS type,
         EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'
           AND a.attnum = ANY (k.conkey)) AS tied
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
    AND a.attnum > 0 AND NOT a.attisdropped
    AND a.attname ~ '.(_id|_uuid)$'
    -- such names stand for something else in every table
    AND a.attname !~ ('^(external|remote|source|foreign|object|record|resource|entity|item|parent|root|target|reference|request|'
                      'session|transaction|message|client|device|provider|correlation|trace|batch|legacy|public)_')
    AND NOT EXISTS (
      SELECT FROM pg_attribute t
      WHERE t.attrelid = c.oid AND NOT t.attisdropped AND t.attname = regexp_replace(a.attname, '_(id|uuid)$', '_type')
    )
), counted AS (
  SELECT nspname, attname, type, count(*) AS tables, bool_or(tied) AS tied
  FROM named
  GROUP BY nspname, attname, type
), usual AS (
  SELECT DISTINCT ON (nspname, attname) nspname, attname, type, tables
  FROM counted
  ORDER BY nspname, attname, tied DESC, tables DESC, type = 'text'::regtype, type
)
SELECT format('%I.%I.%I', m.nspname, m.relname, m.attname) AS object,
       format('%s here, %s in %s other tables', format_type(m.atttypid, NULL), format_type(u.type, NULL), u.tables) AS detail
FROM named m
JOIN usual u ON u.nspname = m.nspname AND u.attname = m.attname AND u.type <> m.type
WHERE NOT m.tied
ORDER BY object
