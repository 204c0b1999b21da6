-- bad: pg_hba.conf line 2
CREATE SCHEMA standin;
CREATE TABLE standin.pg_hba_file_rules (line_number integer, type text, database text[], user_name text[], address text, netmask text, auth_method text, options text[], error text);
INSERT INTO standin.pg_hba_file_rules VALUES (2, 'hostssl', '{all}', '{all}', '0.0.0.0', '0.0.0.0', 'scram-sha-256', NULL, NULL),
       (3, 'hostssl', '{all}', '{all}', '10.0.0.0', '255.255.255.0', 'scram-sha-256', NULL, NULL);
CREATE TABLE standin.pg_settings (name text, setting text);
INSERT INTO standin.pg_settings VALUES ('listen_addresses', '*');
SET search_path = standin, pg_catalog;
-- repair
DELETE FROM standin.pg_hba_file_rules;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_hba_file_rules (line_number integer, type text, database text[], user_name text[], address text, netmask text, auth_method text, options text[], error text);
INSERT INTO standin.pg_hba_file_rules VALUES (2, 'hostssl', '{all}', '{all}', '0.0.0.0', '0.0.0.0', 'cert', NULL, NULL),
       (4, 'hostssl', '{all}', '{all}', 'all', NULL, 'scram-sha-256', '{clientcert=verify-full}', NULL),
       (3, 'hostssl', '{all}', '{all}', '10.0.0.0', '255.255.255.0', 'scram-sha-256', NULL, NULL);
CREATE TABLE standin.pg_settings (name text, setting text);
INSERT INTO standin.pg_settings VALUES ('listen_addresses', '*');
SET search_path = standin, pg_catalog;
