-- title: Money as a floating point number
-- deliverable: schema
-- severity: high
-- examines: columns
-- why: 0.1 + 0.2 is not 0.3 in floating point: sums drift by cents and equality fails.
-- advice: Use numeric with the decimals of the currency, or bigint in its smallest unit.
SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS object,
       format_type(a.atttypid, a.atttypmod) AS detail
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid IN ('real'::regtype, 'double precision'::regtype)
  AND a.attname ~* ('(price|amount|salary|freight|revenue|subtotal|payment|refund|budget)'
                    '|(^|_)(cost|costs|balance|fee|fees|tax|vat|wage|wages|deposit|debit|credit|turnover)(_|$)'
                    '|^((sub|grand|order|invoice)_?)?total(_(due|paid|net|gross))?$')
  -- a ratio is no money, whatever it is a ratio of
  AND a.attname !~* '(rate|ratio|pct|percent|factor|weight|score|probability|share|elasticity|change|growth|index|days|hours|count)'
ORDER BY object
