-- One role owns, one works, one reviews; the owner cannot sign in.
CREATE ROLE {database}_owner NOLOGIN;

CREATE ROLE {database}_app LOGIN CONNECTION LIMIT 60;
ALTER ROLE {database}_app SET statement_timeout = '5s';
ALTER ROLE {database}_app SET lock_timeout = '2s';
ALTER ROLE {database}_app SET idle_in_transaction_session_timeout = '10s';

-- The review: reads, and nothing else.
CREATE ROLE dbengineer_ro LOGIN CONNECTION LIMIT 10;
GRANT pg_read_all_stats, pg_read_all_settings TO dbengineer_ro;
ALTER ROLE dbengineer_ro SET statement_timeout = '30s';
ALTER ROLE dbengineer_ro SET lock_timeout = '2s';
ALTER ROLE dbengineer_ro SET idle_in_transaction_session_timeout = '60s';
