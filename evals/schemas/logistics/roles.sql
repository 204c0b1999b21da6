CREATE ROLE logistics_owner NOLOGIN;
CREATE ROLE logistics_app LOGIN;
ALTER ROLE logistics_app SET statement_timeout = '10s';
ALTER ROLE logistics_app SET lock_timeout = '2s';

-- Partners look at their own parcels.
CREATE ROLE partner LOGIN;

-- The scanner app's backend replicates what it needs.
CREATE ROLE scanner LOGIN REPLICATION;

CREATE ROLE dbengineer_ro LOGIN CONNECTION LIMIT 10;
GRANT pg_read_all_stats, pg_read_all_settings TO dbengineer_ro;
