-- bad: role_boss
CREATE ROLE role_boss SUPERUSER;
CREATE ROLE role_shop;
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_activity AS TABLE pg_stat_activity WITH NO DATA;
INSERT INTO standin.pg_stat_activity (pid, usename, datname, backend_type, state, application_name, client_addr, query, xact_start, query_start, state_change)
VALUES (51, 'role_boss', current_database(), 'client backend', 'idle', 'shop', NULL, 'SELECT 1', now() - interval '1 second', now() - interval '1 second', now() - interval '1 second'),
       (52, 'role_shop', current_database(), 'client backend', 'idle', 'shop', NULL, 'SELECT 1', now() - interval '1 second', now() - interval '1 second', now() - interval '1 second');
SET search_path = standin, pg_catalog;
-- repair
DELETE FROM standin.pg_stat_activity;
-- good
CREATE ROLE role_boss SUPERUSER;
CREATE ROLE role_shop;
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_activity AS TABLE pg_stat_activity WITH NO DATA;
INSERT INTO standin.pg_stat_activity (pid, usename, datname, backend_type, state, application_name, client_addr, query, xact_start, query_start, state_change)
VALUES (51, 'role_boss', current_database(), 'client backend', 'idle', 'psql', NULL, 'SELECT 1', now() - interval '1 second', now() - interval '1 second', now() - interval '1 second'),
       (52, 'role_shop', current_database(), 'client backend', 'idle', 'shop', NULL, 'SELECT 1', now() - interval '1 second', now() - interval '1 second', now() - interval '1 second');
SET search_path = standin, pg_catalog;
