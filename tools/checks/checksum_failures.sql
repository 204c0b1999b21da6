-- title: Pages with a wrong checksum were read
-- deliverable: monitoring
-- severity: critical
-- examines: databases
-- why: The disk, memory or file system changes what was written; rows are wrong or lost.
-- advice: Stop writing, keep a copy of the data directory, run pg_amcheck, restore the damaged part from a backup and replace the hardware.
SELECT coalesce(d.datname::text, 'shared objects') AS object,
       format('%s failures, the last at %s', d.checksum_failures, d.checksum_last_failure) AS detail
FROM pg_stat_database d
WHERE d.checksum_failures > 0
ORDER BY object
