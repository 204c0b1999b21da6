-- title: A subscription runs into errors
-- deliverable: recovery
-- severity: medium
-- examines: subscriptions
-- why: Replication stands still at the row that fails, while the publisher keeps its log.
-- advice: Read the error in the server log, repair the row, then ALTER SUBSCRIPTION … SKIP if needed and pg_stat_reset_subscription_stats().
-- postgres: 15-
SELECT s.subname::text AS object,
       format('%s errors while applying, %s while copying', s.apply_error_count, s.sync_error_count) AS detail
FROM pg_stat_subscription_stats s
WHERE s.apply_error_count + s.sync_error_count > 0
ORDER BY object
