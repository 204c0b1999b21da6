-- bad: session 31 of role_shop
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_activity AS TABLE pg_stat_activity WITH NO DATA;
INSERT INTO standin.pg_stat_activity (pid, usename, datname, backend_type, state, application_name, client_addr, query, xact_start, query_start, state_change)
VALUES (31, 'role_shop', current_database(), 'client backend', 'active', 'shop', NULL, 'SELECT 1', now() - interval '3 hours', now() - interval '1 second', now() - interval '1 second');
SET search_path = standin, pg_catalog;
-- repair
DELETE FROM standin.pg_stat_activity;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_activity AS TABLE pg_stat_activity WITH NO DATA;
INSERT INTO standin.pg_stat_activity (pid, usename, datname, backend_type, state, application_name, client_addr, query, xact_start, query_start, state_change)
VALUES (31, 'role_shop', current_database(), 'client backend', 'active', 'shop', NULL, 'SELECT 1', now() - interval '40 minutes', now() - interval '1 second', now() - interval '1 second'),
       (32, 'role_shop', current_database(), 'client backend', 'active', 'pg_dump', NULL, 'COPY orders TO stdout', now() - interval '2 hours', now() - interval '2 hours', now() - interval '2 hours'),
       (33, 'role_shop', current_database(), 'client backend', 'active', 'psql', NULL, 'CREATE INDEX CONCURRENTLY ON orders (a)', now() - interval '2 hours', now() - interval '2 hours', now() - interval '2 hours');
SET search_path = standin, pg_catalog;
