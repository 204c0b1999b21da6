-- title: Many transactions are rolled back
-- deliverable: monitoring
-- severity: low
-- examines: databases
-- why: Work is thrown away, most often because the application runs into errors that nobody looks at.
-- advice: Look at the errors in the log; every read of dbengineer is rolled back too, some 500 a review; unique violations are better met with ON CONFLICT.
SELECT d.datname::text AS object,
       format('%s of %s transactions were rolled back', d.xact_rollback, d.xact_commit + d.xact_rollback) AS detail
FROM pg_stat_database d
WHERE d.datname = current_database()
  AND d.xact_rollback > 10000
  AND d.xact_rollback > 0.1 * (d.xact_commit + d.xact_rollback)
ORDER BY object
