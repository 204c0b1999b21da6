-- title: Checkpoints come too often
-- deliverable: monitoring
-- severity: medium
-- examines: server
-- why: Log reaches max_wal_size before the time is up; checkpoints then write the same pages again and again.
-- advice: Raise max_wal_size until most checkpoints are timed; backups and CREATE DATABASE request some as well.
-- postgres: 13-16
SELECT 'max_wal_size' AS object,
       format('%s of %s checkpoints were requested', c.checkpoints_req, c.checkpoints_timed + c.checkpoints_req) AS detail,
       format('ALTER SYSTEM SET max_wal_size = %L', 2 * s.setting::bigint || 'MB') AS fix,
       'ALTER SYSTEM RESET max_wal_size' AS undo
FROM pg_stat_bgwriter c
JOIN pg_settings s ON s.name = 'max_wal_size'
WHERE c.checkpoints_req > 10 AND c.checkpoints_req > 0.3 * (c.checkpoints_timed + c.checkpoints_req)
ORDER BY object
-- postgres: 17-
SELECT 'max_wal_size' AS object,
       format('%s of %s checkpoints were requested', c.num_requested, c.num_timed + c.num_requested) AS detail,
       format('ALTER SYSTEM SET max_wal_size = %L', 2 * s.setting::bigint || 'MB') AS fix,
       'ALTER SYSTEM RESET max_wal_size' AS undo
FROM pg_stat_checkpointer c
JOIN pg_settings s ON s.name = 'max_wal_size'
WHERE c.num_requested > 10 AND c.num_requested > 0.3 * (c.num_timed + c.num_requested)
ORDER BY object
