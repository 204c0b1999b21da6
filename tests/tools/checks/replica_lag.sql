-- bad: replica_a
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_replication (pid integer, application_name text, client_addr inet, state text, sent_lsn pg_lsn, replay_lsn pg_lsn, replay_lag interval, sync_state text);
INSERT INTO standin.pg_stat_replication VALUES (71, 'replica_a', '10.0.0.8', 'streaming', pg_current_wal_lsn(), pg_current_wal_lsn(), interval '45 seconds', 'async');
SET search_path = standin, pg_catalog;
-- repair
DELETE FROM standin.pg_stat_replication;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_replication (pid integer, application_name text, client_addr inet, state text, sent_lsn pg_lsn, replay_lsn pg_lsn, replay_lag interval, sync_state text);
INSERT INTO standin.pg_stat_replication VALUES (71, 'replica_a', '10.0.0.8', 'streaming', pg_current_wal_lsn(), pg_current_wal_lsn(), interval '1 second', 'async');
SET search_path = standin, pg_catalog;
