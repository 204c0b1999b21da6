-- bad: max_connections
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET pending_restart = name = 'max_connections';
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_settings SET pending_restart = false;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
SET search_path = standin, pg_catalog;
