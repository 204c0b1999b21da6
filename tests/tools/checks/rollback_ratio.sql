-- bad: {database}
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_database AS TABLE pg_stat_database;
UPDATE standin.pg_stat_database SET xact_commit = 80000, xact_rollback = 20000 WHERE datname = current_database();
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_stat_database SET xact_commit = 800000, xact_rollback = 20000;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_database AS TABLE pg_stat_database;
UPDATE standin.pg_stat_database SET xact_commit = 8000, xact_rollback = 2000 WHERE datname = current_database();
SET search_path = standin, pg_catalog;
