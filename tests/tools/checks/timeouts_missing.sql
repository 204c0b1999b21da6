-- bad: idle_in_transaction_session_timeout; lock_timeout
CREATE ROLE role_timeouts;
ALTER ROLE role_timeouts SET statement_timeout = '5s';
ALTER ROLE role_timeouts SET lock_timeout = 0;
SET lock_timeout = '1s';
-- repair
ALTER ROLE role_timeouts SET lock_timeout = '2s';
ALTER ROLE role_timeouts SET idle_in_transaction_session_timeout = '10s';
-- good
CREATE ROLE role_timeouts;
ALTER ROLE role_timeouts SET statement_timeout = '5s';
ALTER ROLE role_timeouts SET lock_timeout = '2s';
ALTER ROLE role_timeouts SET idle_in_transaction_session_timeout = '10s';
