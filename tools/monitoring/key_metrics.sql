-- title: Active queries
-- unit: none
-- Sessions that run a statement now, and those that wait for a lock. Any role may count them; only the texts are hidden
-- from a role without pg_monitor.
SELECT count(*) FILTER (WHERE state = 'active') AS active,
       count(*) FILTER (WHERE state = 'active' AND wait_event_type = 'Lock') AS waiting_for_lock,
       count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction,
       count(*) AS sessions
FROM pg_catalog.pg_stat_activity
WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid();

-- title: Table sizes
-- unit: bytes
-- The largest tables with their indexes and TOAST.
SELECT n.nspname || '.' || c.relname AS "table",
       pg_catalog.pg_table_size(c.oid) AS table_bytes,
       pg_catalog.pg_indexes_size(c.oid) AS index_bytes,
       pg_catalog.pg_total_relation_size(c.oid) AS total_bytes
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY total_bytes DESC, 1 LIMIT 20;

-- title: Cache hit ratio
-- unit: percent
-- Blocks found in shared buffers, of all that were asked for since the reset of the statistics; the aim is above 99 %.
SELECT round(100.0 * blks_hit / nullif(blks_hit + blks_read, 0), 2) AS cache_hit_percent,
       blks_hit, blks_read, stats_reset
FROM pg_catalog.pg_stat_database WHERE datname = current_database();
