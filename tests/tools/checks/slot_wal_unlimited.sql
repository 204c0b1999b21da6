-- bad: max_slot_wal_keep_size
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = '-1' WHERE name = 'max_slot_wal_keep_size';
CREATE TABLE standin.pg_replication_slots (slot_name name);
INSERT INTO standin.pg_replication_slots VALUES ('replica_a');
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_settings SET setting = '20480' WHERE name = 'max_slot_wal_keep_size';
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = '20480' WHERE name = 'max_slot_wal_keep_size';
CREATE TABLE standin.pg_replication_slots (slot_name name);
INSERT INTO standin.pg_replication_slots VALUES ('replica_a');
SET search_path = standin, pg_catalog;
