-- bad: max_wal_size
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_checkpointer (num_timed bigint, num_requested bigint);
INSERT INTO standin.pg_stat_checkpointer VALUES (60, 40);
CREATE TABLE standin.pg_stat_bgwriter AS SELECT num_timed AS checkpoints_timed, num_requested AS checkpoints_req FROM standin.pg_stat_checkpointer;
SET search_path = standin, pg_catalog;
-- repair
DELETE FROM standin.pg_stat_checkpointer;
DELETE FROM standin.pg_stat_bgwriter;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_checkpointer (num_timed bigint, num_requested bigint);
INSERT INTO standin.pg_stat_checkpointer VALUES (90, 10);
CREATE TABLE standin.pg_stat_bgwriter AS SELECT num_timed AS checkpoints_timed, num_requested AS checkpoints_req FROM standin.pg_stat_checkpointer;
SET search_path = standin, pg_catalog;
