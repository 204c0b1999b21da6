SELECT CASE WHEN may_read THEN 1 ELSE 0 END AS examined,
       1 AS total,
       CASE
         WHEN may_read THEN ''
         ELSE 'this role may not read the configuration files: GRANT SELECT ON pg_file_settings and EXECUTE ON FUNCTION pg_show_all_file_settings(), or look at it on the server or in the console of the service'
       END AS because
FROM (
  SELECT has_table_privilege('pg_file_settings', 'SELECT') AND has_function_privilege('pg_show_all_file_settings()', 'EXECUTE') AS may_read
) r
