-- bad: ssl_min_protocol_version
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'TLSv1' WHERE name = 'ssl_min_protocol_version';
UPDATE standin.pg_settings SET setting = 'on' WHERE name = 'ssl';
SET search_path = standin, pg_catalog;
-- repair
UPDATE standin.pg_settings SET setting = 'TLSv1.2' WHERE name = 'ssl_min_protocol_version';
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_settings AS TABLE pg_settings;
UPDATE standin.pg_settings SET setting = 'TLSv1.2' WHERE name = 'ssl_min_protocol_version';
UPDATE standin.pg_settings SET setting = 'on' WHERE name = 'ssl';
SET search_path = standin, pg_catalog;
