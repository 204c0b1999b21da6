CREATE ROLE saas_owner NOLOGIN;
CREATE ROLE saas_app LOGIN;
ALTER ROLE saas_app SET statement_timeout = '10s';
ALTER ROLE saas_app SET lock_timeout = '2s';
ALTER ROLE saas_app SET idle_in_transaction_session_timeout = '10s';

-- Support looks into every tenant, and makes roles for new colleagues.
CREATE ROLE helpdesk LOGIN BYPASSRLS CREATEROLE;

-- Billing's nightly export writes files.
CREATE ROLE billing LOGIN;
GRANT pg_write_server_files TO billing;

CREATE ROLE dbengineer_ro LOGIN CONNECTION LIMIT 10;
GRANT pg_read_all_stats, pg_read_all_settings TO dbengineer_ro;
