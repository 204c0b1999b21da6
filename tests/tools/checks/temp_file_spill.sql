-- bad: {database}
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_database AS TABLE pg_stat_database;
UPDATE standin.pg_stat_database SET temp_bytes = 5000000000, temp_files = 4000, xact_commit = 100000 WHERE datname = current_database();
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_stat_database SET temp_bytes = 5000000000, temp_files = 40, xact_commit = 100000;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_database AS TABLE pg_stat_database;
UPDATE standin.pg_stat_database SET temp_bytes = 5000000000, temp_files = 40, xact_commit = 100000 WHERE datname = current_database();
SET search_path = standin, pg_catalog;
