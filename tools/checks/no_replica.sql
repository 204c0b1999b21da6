-- title: No replica is connected
-- deliverable: recovery
-- severity: info
-- examines: replicas
-- why: When the machine is lost, the service is down until a backup was restored.
-- advice: Decide what outage is bearable; a streaming replica makes it minutes. Nothing to do where the service replicates below the database.
SELECT 'server' AS object,
       'no streaming replica is connected' AS detail
WHERE NOT pg_is_in_recovery()
  AND NOT EXISTS (SELECT FROM pg_stat_replication r WHERE r.state = 'streaming')
ORDER BY object
