-- bad: max_connections
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_database (numbackends integer);
INSERT INTO standin.pg_stat_database VALUES (90), (3);
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = '100' WHERE name = 'max_connections';
SET search_path = standin, pg_catalog;
-- repair
DELETE FROM standin.pg_stat_database;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_database (numbackends integer);
INSERT INTO standin.pg_stat_database VALUES (60), (3);
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = '100' WHERE name = 'max_connections';
SET search_path = standin, pg_catalog;
