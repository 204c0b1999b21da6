-- bad: synchronous_standby_names
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings (name text, setting text);
INSERT INTO standin.pg_settings VALUES ('synchronous_standby_names', 'FIRST 2 (a, b, c)');
CREATE TABLE standin.pg_stat_replication (pid integer, application_name text, client_addr inet, state text, sent_lsn pg_lsn, replay_lsn pg_lsn, replay_lag interval, sync_state text);
INSERT INTO standin.pg_stat_replication VALUES (71, 'a', NULL, 'streaming', '0/1', '0/1', NULL, 'sync');
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_settings SET setting = '';
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings (name text, setting text);
INSERT INTO standin.pg_settings VALUES ('synchronous_standby_names', 'ANY 1 (a, b)');
CREATE TABLE standin.pg_stat_replication (pid integer, application_name text, client_addr inet, state text, sent_lsn pg_lsn, replay_lsn pg_lsn, replay_lag interval, sync_state text);
INSERT INTO standin.pg_stat_replication VALUES (71, 'a', NULL, 'streaming', '0/1', '0/1', NULL, 'sync');
SET search_path = standin, pg_catalog;
