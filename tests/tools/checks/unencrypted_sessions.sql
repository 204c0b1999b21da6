-- bad: role_shop
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_activity AS TABLE pg_stat_activity WITH NO DATA;
CREATE TABLE standin.pg_stat_ssl (pid integer, ssl boolean);
INSERT INTO standin.pg_stat_ssl VALUES (61, false), (62, false);
CREATE TABLE standin.pg_stat_gssapi (pid integer, encrypted boolean);
INSERT INTO standin.pg_stat_activity (pid, usename, datname, backend_type, state, application_name, client_addr, query, xact_start, query_start, state_change)
VALUES (61, 'role_shop', current_database(), 'client backend', 'idle', 'shop', '10.0.0.7', 'SELECT 1', now() - interval '1 second', now() - interval '1 second', now() - interval '1 second'),
       (62, 'role_shop', current_database(), 'client backend', 'idle', 'shop', '127.0.0.1', 'SELECT 1', now() - interval '1 second', now() - interval '1 second', now() - interval '1 second');
SET search_path = standin, pg_catalog;
-- repair
DELETE FROM standin.pg_stat_activity;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_activity AS TABLE pg_stat_activity WITH NO DATA;
CREATE TABLE standin.pg_stat_ssl (pid integer, ssl boolean);
INSERT INTO standin.pg_stat_ssl VALUES (61, true), (62, false);
CREATE TABLE standin.pg_stat_gssapi (pid integer, encrypted boolean);
INSERT INTO standin.pg_stat_activity (pid, usename, datname, backend_type, state, application_name, client_addr, query, xact_start, query_start, state_change)
VALUES (61, 'role_shop', current_database(), 'client backend', 'idle', 'shop', '10.0.0.7', 'SELECT 1', now() - interval '1 second', now() - interval '1 second', now() - interval '1 second'),
       (62, 'role_shop', current_database(), 'client backend', 'idle', 'shop', '127.0.0.1', 'SELECT 1', now() - interval '1 second', now() - interval '1 second', now() - interval '1 second');
SET search_path = standin, pg_catalog;
