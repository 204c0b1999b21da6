-- The practice software; the tables are the owner's.
CREATE ROLE clinic_owner NOLOGIN;
CREATE ROLE clinic_app LOGIN;
ALTER ROLE clinic_app SET statement_timeout = '10s';
ALTER ROLE clinic_app SET lock_timeout = '2s';
ALTER ROLE clinic_app SET idle_in_transaction_session_timeout = '10s';

-- The front desk makes accounts for trainees.
CREATE ROLE front_desk LOGIN CREATEROLE;

-- The laboratory's import reads files on the server.
CREATE ROLE lab_import LOGIN;
GRANT pg_read_server_files TO lab_import;

-- The supplier's remote maintenance.
CREATE ROLE maintenance NOLOGIN SUPERUSER;
CREATE ROLE supplier LOGIN;
GRANT maintenance TO supplier;

CREATE ROLE dbengineer_ro LOGIN CONNECTION LIMIT 10;
GRANT pg_read_all_stats, pg_read_all_settings TO dbengineer_ro;
