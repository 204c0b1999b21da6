-- bad: role_etl in pg_execute_server_program
CREATE ROLE role_etl LOGIN;
GRANT pg_execute_server_program TO role_etl;
-- good
CREATE ROLE role_etl LOGIN;
GRANT pg_read_all_stats TO role_etl;
