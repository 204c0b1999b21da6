-- bad: archive_command
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'on' WHERE name = 'archive_mode';
UPDATE standin.pg_settings SET setting = '' WHERE name = 'archive_command';
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_settings SET setting = 'pgbackrest archive-push %p' WHERE name = 'archive_command';
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'on' WHERE name = 'archive_mode';
UPDATE standin.pg_settings SET setting = 'pgbackrest archive-push %p' WHERE name = 'archive_command';
SET search_path = standin, pg_catalog;
