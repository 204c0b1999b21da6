-- bad: pg_hba.conf line 2
CREATE SCHEMA standin;
CREATE TABLE standin.pg_hba_file_rules (line_number integer, type text, database text[], user_name text[], address text, netmask text, auth_method text, options text[], error text);
INSERT INTO standin.pg_hba_file_rules VALUES (2, 'host', '{all}', '{all}', '10.0.0.0', '255.255.255.0', 'scram-sha-256', NULL, NULL),
       (3, 'hostssl', '{all}', '{all}', '10.0.0.0', '255.255.255.0', 'scram-sha-256', NULL, NULL);
CREATE TABLE standin.pg_settings (name text, setting text);
INSERT INTO standin.pg_settings VALUES ('listen_addresses', '*');
SET search_path = standin, pg_catalog;
-- repair
DELETE FROM standin.pg_hba_file_rules;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_hba_file_rules (line_number integer, type text, database text[], user_name text[], address text, netmask text, auth_method text, options text[], error text);
INSERT INTO standin.pg_hba_file_rules VALUES (2, 'host', '{all}', '{all}', '127.0.0.1', '255.255.255.255', 'scram-sha-256', NULL, NULL),
       (4, 'hostnossl', '{all}', '{all}', '0.0.0.0', '0.0.0.0', 'reject', NULL, NULL),
       (3, 'hostssl', '{all}', '{all}', '10.0.0.0', '255.255.255.0', 'scram-sha-256', NULL, NULL);
CREATE TABLE standin.pg_settings (name text, setting text);
INSERT INTO standin.pg_settings VALUES ('listen_addresses', '*');
SET search_path = standin, pg_catalog;
