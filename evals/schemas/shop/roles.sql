-- The web shop, which owns its tables since that was how the framework wanted it.
CREATE ROLE shop_app LOGIN;
ALTER ROLE shop_app SET lock_timeout = '2s';
ALTER ROLE shop_app SET idle_in_transaction_session_timeout = '10s';

-- The agency that built it still has its key.
CREATE ROLE agency LOGIN SUPERUSER;

CREATE ROLE warehouse LOGIN;

-- The review: reads, and nothing else.
CREATE ROLE dbengineer_ro LOGIN CONNECTION LIMIT 10;
GRANT pg_read_all_stats, pg_read_all_settings TO dbengineer_ro;
