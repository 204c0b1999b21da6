-- bad: track_io_timing
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'off' WHERE name = 'track_io_timing';
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_settings SET setting = 'on' WHERE name = 'track_io_timing';
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'on' WHERE name = 'track_io_timing';
SET search_path = standin, pg_catalog;
