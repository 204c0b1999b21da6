-- bad: autovacuum; track_counts
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'off' WHERE name IN ('autovacuum', 'track_counts');
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_settings SET setting = 'on' WHERE name IN ('autovacuum', 'track_counts');
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'on' WHERE name IN ('autovacuum', 'track_counts');
SET search_path = standin, pg_catalog;
