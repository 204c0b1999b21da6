-- bad: data_checksums
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'off' WHERE name = 'data_checksums';
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_settings SET setting = 'on' WHERE name = 'data_checksums';
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'on' WHERE name = 'data_checksums';
SET search_path = standin, pg_catalog;
