-- bad: session 21 of role_shop
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_activity AS TABLE pg_stat_activity WITH NO DATA;
INSERT INTO standin.pg_stat_activity (pid, usename, datname, backend_type, state, application_name, client_addr, query, xact_start, query_start, state_change)
VALUES (21, 'role_shop', current_database(), 'client backend', 'active', 'shop', NULL, 'SELECT count(*) FROM orders', now() - interval '9 minutes', now() - interval '9 minutes', now() - interval '9 minutes'),
       (22, 'role_shop', current_database(), 'client backend', 'active', 'shop', NULL, 'SELECT 1', now() - interval '2 seconds', now() - interval '2 seconds', now() - interval '2 seconds');
SET search_path = standin, pg_catalog;
-- repair
DELETE FROM standin.pg_stat_activity;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_activity AS TABLE pg_stat_activity WITH NO DATA;
INSERT INTO standin.pg_stat_activity (pid, usename, datname, backend_type, state, application_name, client_addr, query, xact_start, query_start, state_change)
VALUES (21, 'role_shop', current_database(), 'client backend', 'active', 'psql', NULL, 'VACUUM orders', now() - interval '9 minutes', now() - interval '9 minutes', now() - interval '9 minutes'),
       (22, 'role_shop', current_database(), 'client backend', 'active', 'pg_dump', NULL, 'COPY orders TO stdout', now() - interval '1 hour', now() - interval '1 hour', now() - interval '1 hour'),
       (23, 'role_shop', current_database(), 'client backend', 'active', 'shop', NULL, 'SELECT 1', now() - interval '2 minutes', now() - interval '2 minutes', now() - interval '2 minutes');
SET search_path = standin, pg_catalog;
