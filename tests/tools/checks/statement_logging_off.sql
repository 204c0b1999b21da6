-- bad: log_statement
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'none' WHERE name = 'log_statement';
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_settings SET setting = 'ddl' WHERE name = 'log_statement';
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'ddl' WHERE name = 'log_statement';
SET search_path = standin, pg_catalog;
