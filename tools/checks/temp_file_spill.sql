-- title: Sorts and hashes spill to disk
-- deliverable: queries
-- severity: medium
-- examines: databases
-- why: What does not fit into work_mem is written to temporary files and read again.
-- advice: Find the statements by temp_blks_written of pg_stat_statements; better plans first, then more work_mem for the role that needs it.
SELECT d.datname::text AS object,
       format('%s temporary files with %s in %s transactions', d.temp_files, pg_size_pretty(d.temp_bytes), d.xact_commit + d.xact_rollback) AS detail
FROM pg_stat_database d
WHERE d.datname = current_database()
  AND d.temp_bytes > 1073741824
  AND d.temp_files > 0.01 * (d.xact_commit + d.xact_rollback)
ORDER BY object
