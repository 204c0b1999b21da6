-- bad: random_page_cost
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = '4' WHERE name = 'random_page_cost';
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_settings SET setting = '1.1' WHERE name = 'random_page_cost';
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = '1.1' WHERE name = 'random_page_cost';
SET search_path = standin, pg_catalog;
