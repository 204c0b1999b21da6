-- bad: {database}
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_database AS TABLE pg_stat_database;
UPDATE standin.pg_stat_database SET deadlocks = 7 WHERE datname = current_database();
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_stat_database SET deadlocks = 0;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_database AS TABLE pg_stat_database;
UPDATE standin.pg_stat_database SET deadlocks = 0 WHERE datname = current_database();
SET search_path = standin, pg_catalog;
