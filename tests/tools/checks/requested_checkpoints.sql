-- bad: max_wal_size
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_checkpointer (num_timed bigint, num_requested bigint);
INSERT INTO standin.pg_stat_checkpointer VALUES (60, 40);
SET search_path = standin, pg_catalog;
-- repair
DELETE FROM standin.pg_stat_checkpointer;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_checkpointer (num_timed bigint, num_requested bigint);
INSERT INTO standin.pg_stat_checkpointer VALUES (90, 10);
SET search_path = standin, pg_catalog;
