-- bad: session 11 of role_shop; session 12 of role_shop
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_activity AS TABLE pg_stat_activity WITH NO DATA;
INSERT INTO standin.pg_stat_activity (pid, usename, datname, backend_type, state, application_name, client_addr, query, xact_start, query_start, state_change)
VALUES (11, 'role_shop', current_database(), 'client backend', 'idle in transaction', 'shop', NULL, 'SELECT 1', now() - interval '7 minutes', now() - interval '7 minutes', now() - interval '7 minutes'),
       (12, 'role_shop', current_database(), 'client backend', 'idle in transaction (aborted)', 'shop', NULL, 'SELECT 1', now() - interval '2 hours', now() - interval '2 hours', now() - interval '2 hours'),
       (13, 'role_shop', current_database(), 'client backend', 'idle', 'shop', NULL, 'COMMIT', now() - interval '2 hours', now() - interval '2 hours', now() - interval '2 hours');
SET search_path = standin, pg_catalog;
-- repair
DELETE FROM standin.pg_stat_activity;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_activity AS TABLE pg_stat_activity WITH NO DATA;
INSERT INTO standin.pg_stat_activity (pid, usename, datname, backend_type, state, application_name, client_addr, query, xact_start, query_start, state_change)
VALUES (11, 'role_shop', current_database(), 'client backend', 'idle in transaction', 'shop', NULL, 'SELECT 1', now() - interval '20 seconds', now() - interval '20 seconds', now() - interval '20 seconds'),
       (13, 'role_shop', current_database(), 'client backend', 'idle', 'shop', NULL, 'COMMIT', now() - interval '2 hours', now() - interval '2 hours', now() - interval '2 hours');
SET search_path = standin, pg_catalog;
