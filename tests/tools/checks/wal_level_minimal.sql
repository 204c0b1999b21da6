-- bad: wal_level
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'minimal' WHERE name = 'wal_level';
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_settings SET setting = 'replica' WHERE name = 'wal_level';
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'replica' WHERE name = 'wal_level';
SET search_path = standin, pg_catalog;
