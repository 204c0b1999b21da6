-- The roles of the to-do application, as they came about.

-- The application; it runs its own migrations, so it owns everything, and it may make databases for the test suite.
CREATE ROLE todo_app LOGIN CREATEDB;

-- Customer support opens accounts for new colleagues.
CREATE ROLE support LOGIN CREATEROLE;

-- The nightly import of the analytics team copies files on the server.
CREATE ROLE analytics_etl LOGIN;
GRANT pg_execute_server_program TO analytics_etl;

CREATE ROLE reporting NOLOGIN;
GRANT reporting TO analytics_etl;

-- The review: reads, and nothing else.
CREATE ROLE dbengineer_ro LOGIN CONNECTION LIMIT 10;
GRANT pg_read_all_stats, pg_read_all_settings TO dbengineer_ro;
