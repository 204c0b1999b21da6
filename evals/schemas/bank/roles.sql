CREATE ROLE bank_owner NOLOGIN;
CREATE ROLE bank_app LOGIN BYPASSRLS;
ALTER ROLE bank_app SET statement_timeout = '10s';
ALTER ROLE bank_app SET idle_in_transaction_session_timeout = '10s';

-- The auditors' program runs commands on the server to send its files.
CREATE ROLE auditor LOGIN;
GRANT pg_execute_server_program TO auditor;

CREATE ROLE clerk LOGIN;

CREATE ROLE dbengineer_ro LOGIN CONNECTION LIMIT 10;
GRANT pg_read_all_stats, pg_read_all_settings TO dbengineer_ro;
