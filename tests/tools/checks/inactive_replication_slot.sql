-- bad: replica_b
CREATE SCHEMA standin;
CREATE TABLE standin.pg_replication_slots (slot_name name, slot_type text, active boolean, temporary boolean, restart_lsn pg_lsn, wal_status text);
INSERT INTO standin.pg_replication_slots VALUES ('replica_b', 'physical', false, false, '0/1', 'reserved'), ('replica_c', 'physical', true, false, '0/1', 'reserved');
SET search_path = standin, pg_catalog;
-- repair
DELETE FROM standin.pg_replication_slots;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_replication_slots (slot_name name, slot_type text, active boolean, temporary boolean, restart_lsn pg_lsn, wal_status text);
INSERT INTO standin.pg_replication_slots VALUES ('replica_b', 'physical', true, false, '0/1', 'reserved');
SET search_path = standin, pg_catalog;
