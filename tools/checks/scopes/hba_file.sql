SELECT CASE WHEN may_read THEN 1 ELSE 0 END AS examined,
       1 AS total,
       CASE
         WHEN may_read THEN ''
         ELSE 'this role may not read pg_hba.conf: GRANT SELECT ON pg_hba_file_rules and EXECUTE ON FUNCTION pg_hba_file_rules(), or look at it on the server or in the console of the service'
       END AS because
FROM (
  SELECT has_table_privilege('pg_hba_file_rules', 'SELECT') AND has_function_privilege('pg_hba_file_rules()', 'EXECUTE') AS may_read
) r
