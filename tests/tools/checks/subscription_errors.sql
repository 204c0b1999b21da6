-- bad: orders
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_subscription_stats (subname name, apply_error_count bigint, sync_error_count bigint);
INSERT INTO standin.pg_stat_subscription_stats VALUES ('orders', 12, 0);
SET search_path = standin, pg_catalog;
-- repair
DELETE FROM standin.pg_stat_subscription_stats;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_subscription_stats (subname name, apply_error_count bigint, sync_error_count bigint);
INSERT INTO standin.pg_stat_subscription_stats VALUES ('orders', 0, 0);
SET search_path = standin, pg_catalog;
