-- title: Autovacuum is off for a table
-- deliverable: monitoring
-- severity: medium
-- examines: tables
-- why: Its dead rows are never removed and its statistics never renewed.
-- advice: Turn it on again; if a bulk load was the reason, VACUUM (ANALYZE) once after it.
SELECT format('%I.%I', n.nspname, c.relname) AS object,
       'autovacuum_enabled is off' AS detail,
       format('ALTER TABLE %I.%I RESET (autovacuum_enabled)', n.nspname, c.relname) AS fix,
       format('ALTER TABLE %I.%I SET (autovacuum_enabled = %s)', n.nspname, c.relname, lower(o.option_value)) AS undo
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN pg_options_to_table(c.reloptions) o
WHERE c.relkind IN ('r', 'm') AND o.option_name = 'autovacuum_enabled' AND lower(o.option_value) IN ('false', 'off', 'no', '0')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
ORDER BY object
