-- bad: PostgreSQL 13
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings (name text, setting text);
INSERT INTO standin.pg_settings VALUES ('server_version_num', '130023'), ('server_version', '13.23');
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_settings SET setting = '180006' WHERE name = 'server_version_num';
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings (name text, setting text);
INSERT INTO standin.pg_settings VALUES ('server_version_num', '180006'), ('server_version', '18.6');
SET search_path = standin, pg_catalog;
