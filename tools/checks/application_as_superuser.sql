-- title: The application works as a superuser
-- deliverable: security
-- severity: critical
-- examines: sessions
-- why: One injected statement reads every database, changes every row and runs programs on the server.
-- advice: Give the application a role of its own that owns nothing and has only the privileges it needs.
SELECT a.usename::text AS object,
       format('%s sessions: %s', count(*), string_agg(DISTINCT coalesce(nullif(a.application_name, ''), a.client_addr::text), ', ')) AS detail
FROM pg_stat_activity a
JOIN pg_roles r ON r.rolname = a.usename
WHERE r.rolsuper AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
  AND a.datname = current_database()
  AND (a.application_name <> '' OR a.client_addr IS NOT NULL)
  AND a.application_name !~* '^(dbengineer|psql|pg_|pgadmin|dbeaver|datagrip|pgbackrest|barman|wal-g|patroni|repmgr|postgres_exporter|datadog|pganalyze|check_postgres|pgwatch|pgmonitor|netdata|zabbix|telegraf)'
GROUP BY a.usename
ORDER BY object
