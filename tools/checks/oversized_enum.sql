-- title: Enum of more than 50 labels
-- deliverable: schema
-- severity: info
-- examines: enums
-- why: Labels can neither be removed nor described, and each new one is a change of the schema.
-- advice: Use a table of the values with a foreign key.
SELECT format('%I.%I', n.nspname, t.typname) AS object,
       format('%s labels', count(*)) AS detail
FROM pg_enum l
JOIN pg_type t ON t.oid = l.enumtypid
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')
GROUP BY n.nspname, t.typname
HAVING count(*) > 50
ORDER BY object
