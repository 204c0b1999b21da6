-- bad: summarize_wal
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'off' WHERE name = 'summarize_wal';
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_settings SET setting = 'on' WHERE name = 'summarize_wal';
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'on' WHERE name = 'summarize_wal';
SET search_path = standin, pg_catalog;
