INSERT INTO shop.orders DEFAULT VALUES
UPDATE shop.orders SET total = 0
DELETE FROM shop.orders
MERGE INTO shop.orders o USING shop.lines l ON o.id = l.id WHEN MATCHED THEN DELETE
TRUNCATE shop.orders
WITH gone AS (DELETE FROM shop.orders RETURNING *) SELECT * FROM gone
CREATE TABLE shop.t (a int)
CREATE INDEX ON shop.orders (total)
DROP SCHEMA shop CASCADE
ALTER TABLE shop.orders ADD x int
GRANT ALL ON shop.orders TO PUBLIC
COMMENT ON TABLE shop.orders IS 'x'
SELECT * INTO shop.copy FROM shop.orders
SELECT 1; DELETE FROM shop.orders
SELECT 1 /* ; */ ; COMMIT
SELECT '\'; DELETE FROM shop.orders; --'
;
BEGIN
SET ROLE admin
RESET ALL
LISTEN x
NOTIFY x, 'y'
PREPARE p AS SELECT 1
EXECUTE p
DECLARE c CURSOR FOR SELECT 1
DO 'BEGIN NULL; END'
CALL shop.purge()
COPY shop.orders TO STDOUT
COPY (SELECT 1) TO PROGRAM 'cat'
LOCK TABLE shop.orders
SELECT * FROM shop.orders FOR UPDATE
SELECT * FROM (SELECT * FROM shop.orders FOR KEY SHARE) AS x
VACUUM shop.orders
CLUSTER shop.orders
REINDEX TABLE shop.orders
CHECKPOINT
ALTER SYSTEM SET work_mem = '1GB'
LOAD 'x'
SELECT pg_sleep(9)
SELECT pg_catalog."pg_sleep"(9)
SELECT PG_SLEEP (9)
SELECT * FROM pg_sleep(9)
VALUES (1, pg_sleep(9))
SELECT 1 ORDER BY pg_sleep(9)
SELECT 1 LIMIT length(set_config('a.b', 'c', false))
SELECT (9.0::float8).pg_sleep
SELECT (s.x).pg_advisory_lock FROM (SELECT 1::bigint AS x) AS s
SELECT s.lo_get FROM shop.orders AS s
SELECT nextval('shop.orders_id_seq')
SELECT query_to_xml('DELETE FROM shop.orders', true, false, '')
SELECT table_to_xml('shop.orders', true, false, '')
SELECT * FROM ts_stat('SELECT 1')
SELECT pg_read_file('/etc/passwd')
SELECT * FROM pg_hba_file_rules()
SELECT lo_import('/etc/passwd')
SELECT pg_terminate_backend(1)
SELECT txid_current()
SELECT pg_logical_emit_message(false, 'a', 'b')
SELECT pg_stat_reset()
SELECT shop.purge()
SELECT a.b.c.d(1)
SELECT shop.similarity('a', 'b')
SELECT 1 OPERATOR(shop.+) 2
SELECT id FROM shop.orders ORDER BY id USING OPERATOR(shop.<)
SELECT 1 OPERATOR(shop.=) ANY (SELECT 1)
SELECT * FROM dblink('host=x', 'SELECT 1') AS t (a int)
SELECT * FROM shop.orders TABLESAMPLE shop.mine (1)
SELECT * FROM pg_authid
SELECT rolpassword FROM pg_roles
SELECT (r).subconninfo FROM pg_subscription AS r
SELECT length(repeat('x', 900000000))
SELECT array_fill(0, ARRAY[1, 90000000])
SELECT lpad('', 5000000000, 'x')
EXPLAIN ANALYZE SELECT 1
EXPLAIN (COSTS, ANALYZE off) SELECT 1
EXPLAIN (DEBUG) SELECT 1
EXPLAIN DELETE FROM shop.orders
EXPLAIN CREATE TABLE shop.t AS SELECT 1
EXPLAIN SELECT pg_sleep(9)
SELECT * FROM (SELECT
