-- title: Vacuum does not get to an old table
-- deliverable: monitoring
-- severity: high
-- examines: tables
-- why: Autovacuum should have frozen it long ago; something holds it back, and the transaction ids of the whole server with it.
-- advice: Run VACUUM (FREEZE, VERBOSE) on it and read what it says about rows it cannot remove.
SELECT format('%I.%I', n.nspname, c.relname) AS object,
       format('oldest row is %s transactions old, autovacuum_freeze_max_age is %s', age(c.relfrozenxid), current_setting('autovacuum_freeze_max_age')) AS detail,
       format('VACUUM (FREEZE) %I.%I', n.nspname, c.relname) AS fix
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm', 't') AND c.relpersistence <> 't'
  AND age(c.relfrozenxid) > 1.2 * current_setting('autovacuum_freeze_max_age')::bigint
ORDER BY object
