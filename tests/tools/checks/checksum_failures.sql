-- bad: shared objects
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_database AS TABLE pg_stat_database;
UPDATE standin.pg_stat_database SET checksum_failures = 3, checksum_last_failure = now() WHERE datname IS NULL;
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_stat_database SET checksum_failures = 0;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_database AS TABLE pg_stat_database;
SET search_path = standin, pg_catalog;
