-- bad: fsync
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'off' WHERE name = 'fsync';
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_settings SET setting = 'on' WHERE name = 'fsync';
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'on' WHERE name = 'fsync';
SET search_path = standin, pg_catalog;
