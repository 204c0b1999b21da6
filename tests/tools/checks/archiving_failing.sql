-- bad: archiver
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_archiver (archived_count bigint, last_archived_wal text, last_archived_time timestamptz, failed_count bigint, last_failed_wal text, last_failed_time timestamptz, stats_reset timestamptz);
INSERT INTO standin.pg_stat_archiver VALUES (5, '000000010000000000000005', now() - interval '1 hour', 9, '000000010000000000000006', now() - interval '1 minute', now());
SET search_path = standin, pg_catalog;
-- repair
DELETE FROM standin.pg_stat_archiver;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_stat_archiver (archived_count bigint, last_archived_wal text, last_archived_time timestamptz, failed_count bigint, last_failed_wal text, last_failed_time timestamptz, stats_reset timestamptz);
INSERT INTO standin.pg_stat_archiver VALUES (5, '000000010000000000000005', now() - interval '1 minute', 9, '000000010000000000000005', now() - interval '1 hour', now());
SET search_path = standin, pg_catalog;
