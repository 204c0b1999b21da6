-- bad: template1
CREATE SCHEMA standin;
CREATE TABLE standin.pg_database AS TABLE pg_database;
UPDATE standin.pg_database SET datfrozenxid = ((txid_current() - 600000000) & 4294967295)::text::xid WHERE datname = 'template1';
SET search_path = standin, pg_catalog;
-- repair
DELETE FROM standin.pg_database;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_database AS TABLE pg_database;
UPDATE standin.pg_database SET datfrozenxid = ((txid_current() - 300000000) & 4294967295)::text::xid WHERE datname = 'template1';
SET search_path = standin, pg_catalog;
