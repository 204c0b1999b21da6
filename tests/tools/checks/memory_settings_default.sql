-- bad: shared_buffers
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = '500' WHERE name = 'shared_buffers';
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_settings SET setting = '32768' WHERE name = 'shared_buffers';
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = '32768' WHERE name = 'shared_buffers';
SET search_path = standin, pg_catalog;
