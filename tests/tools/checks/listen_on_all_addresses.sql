-- bad: listen_addresses
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = '*' WHERE name = 'listen_addresses';
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_settings SET setting = '10.0.0.5,::1' WHERE name = 'listen_addresses';
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = '10.0.0.5,::1' WHERE name = 'listen_addresses';
SET search_path = standin, pg_catalog;
