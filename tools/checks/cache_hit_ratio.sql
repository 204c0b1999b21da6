-- title: Too few pages are found in memory
-- deliverable: monitoring
-- severity: medium
-- examines: databases
-- why: Every page that is not in shared buffers has to be read from outside, which is a hundred times slower.
-- advice: Look at the statements that read most; then at shared_buffers and at the size of the working set.
SELECT d.datname::text AS object,
       format('%s %% of %s page reads were hits', round(100.0 * d.blks_hit / (d.blks_hit + d.blks_read), 2), d.blks_hit + d.blks_read) AS detail
FROM pg_stat_database d
WHERE d.datname = current_database()
  AND d.blks_hit + d.blks_read >= 1000000
  AND d.blks_hit < 0.99 * (d.blks_hit + d.blks_read)
ORDER BY object
