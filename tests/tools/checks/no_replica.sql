-- bad: server

-- repair
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_replication (pid integer, application_name text, client_addr inet, state text, sent_lsn pg_lsn, replay_lsn pg_lsn, replay_lag interval, sync_state text);
INSERT INTO standin.pg_stat_replication VALUES (71, 'replica_a', '10.0.0.8', 'streaming', '0/1', '0/1', NULL, 'async');
SET search_path = standin, pg_catalog;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_replication (pid integer, application_name text, client_addr inet, state text, sent_lsn pg_lsn, replay_lsn pg_lsn, replay_lag interval, sync_state text);
INSERT INTO standin.pg_stat_replication VALUES (71, 'replica_a', '10.0.0.8', 'streaming', '0/1', '0/1', NULL, 'async');
SET search_path = standin, pg_catalog;
