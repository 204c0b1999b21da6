CREATE ROLE telemetry_owner NOLOGIN;
CREATE ROLE telemetry_app LOGIN CREATEDB;
CREATE ROLE dashboards LOGIN;
GRANT pg_write_all_data TO dashboards;
CREATE ROLE firmware LOGIN;

CREATE ROLE dbengineer_ro LOGIN CONNECTION LIMIT 10;
GRANT pg_read_all_stats, pg_read_all_settings TO dbengineer_ro;
