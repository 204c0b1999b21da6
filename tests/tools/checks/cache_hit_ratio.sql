-- bad: {database}
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_database AS TABLE pg_stat_database;
UPDATE standin.pg_stat_database SET blks_hit = 9700000, blks_read = 300000 WHERE datname = current_database();
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_stat_database SET blks_hit = 9950000, blks_read = 50000;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_database AS TABLE pg_stat_database;
UPDATE standin.pg_stat_database SET blks_hit = 9950000, blks_read = 50000 WHERE datname = current_database();
SET search_path = standin, pg_catalog;
