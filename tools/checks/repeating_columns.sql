-- title: Columns that repeat with a number
-- deliverable: schema
-- severity: medium
-- examines: columns
-- why: The third phone number needs a change of the table, and every search has to look into each of the columns.
-- advice: Move them into a table of their own, one row each, with a foreign key.
WITH numbered AS (
  SELECT n.nspname, c.relname, a.attname, a.atttypid,
         regexp_replace(a.attname, '_?\d+$', '') AS base,
         coalesce(substring(a.attname FROM '\d+$')::integer, 1) AS number
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
    AND a.attnum > 0 AND NOT a.attisdropped
    AND a.attname !~ '\d{4}$'
)
SELECT format('%I.%I.%I', nspname, relname, (array_agg(attname ORDER BY number))[1]) AS object,
       string_agg(quote_ident(attname), ', ' ORDER BY number, attname) AS detail
FROM numbered
-- lines of an address are one text; single letters are coordinates and quarters
WHERE length(base) > 1 AND base !~* '(address|addr|street|line)'
GROUP BY nspname, relname, base, atttypid
-- counted from one without a gap, unlike md5, ipv6, p95 or iso2 and iso3
HAVING count(DISTINCT number) > 1 AND min(number) IN (0, 1) AND max(number) - min(number) + 1 = count(DISTINCT number)
ORDER BY object
