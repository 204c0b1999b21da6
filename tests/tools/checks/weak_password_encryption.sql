-- bad: password_encryption
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'md5' WHERE name = 'password_encryption';
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_settings SET setting = 'scram-sha-256' WHERE name = 'password_encryption';
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'scram-sha-256' WHERE name = 'password_encryption';
SET search_path = standin, pg_catalog;
