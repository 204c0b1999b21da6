-- The server does not say how many settings it hides; one stands for all of them.
SELECT count(*) AS examined,
       count(*) + CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE') THEN 0 ELSE 1 END AS total,
       CASE
         WHEN pg_has_role('pg_read_all_settings', 'USAGE') THEN ''
         ELSE 'settings such as shared_preload_libraries are hidden from this role: GRANT pg_read_all_settings'
       END AS because
FROM pg_settings
