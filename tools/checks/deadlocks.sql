-- title: Deadlocks happened
-- deliverable: monitoring
-- severity: info
-- examines: databases
-- why: A deadlock ends one of the transactions; a few are harmless if the application tries again.
-- advice: Lock rows in the same order everywhere; the log names both statements.
SELECT d.datname::text AS object,
       format('%s deadlocks since the statistics began', d.deadlocks) AS detail
FROM pg_stat_database d
WHERE d.datname = current_database()
  AND d.deadlocks > 0
ORDER BY object
