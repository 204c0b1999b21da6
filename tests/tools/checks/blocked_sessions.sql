-- bad: session 41 of role_shop
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_activity AS TABLE pg_stat_activity WITH NO DATA;
CREATE FUNCTION standin.pg_blocking_pids(integer) RETURNS integer[] LANGUAGE sql AS $$ SELECT CASE WHEN $1 = 41 THEN ARRAY[42] ELSE '{}' END $$;
INSERT INTO standin.pg_stat_activity (pid, usename, datname, backend_type, state, application_name, client_addr, query, xact_start, query_start, state_change)
VALUES (41, 'role_shop', current_database(), 'client backend', 'active', 'shop', NULL, 'UPDATE a SET b = 1', now() - interval '50 seconds', now() - interval '50 seconds', now() - interval '50 seconds'),
       (42, 'role_shop', current_database(), 'client backend', 'idle in transaction', 'shop', NULL, 'UPDATE a SET b = 2', now() - interval '60 seconds', now() - interval '60 seconds', now() - interval '60 seconds');
UPDATE standin.pg_stat_activity SET wait_event_type = 'Lock' WHERE pid = 41;
SET search_path = standin, pg_catalog;
-- repair
DELETE FROM standin.pg_stat_activity;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_activity AS TABLE pg_stat_activity WITH NO DATA;
CREATE FUNCTION standin.pg_blocking_pids(integer) RETURNS integer[] LANGUAGE sql AS $$ SELECT CASE WHEN $1 = 41 THEN ARRAY[42] ELSE '{}' END $$;
INSERT INTO standin.pg_stat_activity (pid, usename, datname, backend_type, state, application_name, client_addr, query, xact_start, query_start, state_change)
VALUES (41, 'role_shop', current_database(), 'client backend', 'active', 'shop', NULL, 'UPDATE a SET b = 1', now() - interval '3 seconds', now() - interval '3 seconds', now() - interval '3 seconds'),
       (42, 'role_shop', current_database(), 'client backend', 'idle in transaction', 'shop', NULL, 'UPDATE a SET b = 2', now() - interval '60 seconds', now() - interval '60 seconds', now() - interval '60 seconds');
UPDATE standin.pg_stat_activity SET wait_event_type = 'Lock' WHERE pid = 41;
SET search_path = standin, pg_catalog;
