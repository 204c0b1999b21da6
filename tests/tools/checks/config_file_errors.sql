-- bad: postgresql.conf line 12
CREATE SCHEMA standin;
CREATE TABLE standin.pg_file_settings (sourcefile text, sourceline integer, name text, error text);
INSERT INTO standin.pg_file_settings VALUES ('/etc/postgresql/postgresql.conf', 12, 'wrok_mem', 'unrecognized configuration parameter');
SET search_path = standin, pg_catalog;
-- repair
DELETE FROM standin.pg_file_settings;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_file_settings (sourcefile text, sourceline integer, name text, error text);
INSERT INTO standin.pg_file_settings VALUES ('/etc/postgresql/postgresql.conf', 12, 'work_mem', NULL);
SET search_path = standin, pg_catalog;
