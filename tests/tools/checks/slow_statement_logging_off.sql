-- bad: log_min_duration_statement
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = '-1' WHERE name = 'log_min_duration_statement';
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_settings SET setting = '500' WHERE name = 'log_min_duration_statement';
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = '500' WHERE name = 'log_min_duration_statement';
SET search_path = standin, pg_catalog;
