SELECT CASE WHEN pg_has_role('pg_read_all_stats', 'USAGE') THEN count(*) ELSE 0 END AS examined,
       count(*) AS total,
       CASE
         WHEN count(*) = 0 OR pg_has_role('pg_read_all_stats', 'USAGE') THEN ''
         ELSE 'how far replicas are is hidden from this role: GRANT pg_read_all_stats'
       END AS because
FROM pg_stat_replication
