-- bad: public.orders
CREATE TABLE orders (id bigint PRIMARY KEY, place int);
INSERT INTO orders SELECT n, n FROM generate_series(1, 12000) n;
SELECT count((SELECT sum(id) FROM orders WHERE place = n)) FROM generate_series(1, 110) n;
SELECT pg_stat_force_next_flush();
-- repair
CREATE INDEX orders_place ON orders (place);
SELECT pg_stat_reset_single_table_counters('orders'::regclass);
-- good
CREATE TABLE orders (id bigint PRIMARY KEY, place int);
INSERT INTO orders SELECT n, n FROM generate_series(1, 12000) n;
CREATE INDEX orders_place ON orders (place);
ANALYZE orders;
SELECT count((SELECT sum(id) FROM orders WHERE place = n)) FROM generate_series(1, 110) n;
SELECT count((SELECT id FROM orders WHERE place > n * 0 ORDER BY random() < 2 LIMIT 1)) FROM generate_series(1, 3) n;
CREATE TABLE countries (id bigint PRIMARY KEY, name text);
INSERT INTO countries SELECT n, n FROM generate_series(1, 200) n;
SELECT count((SELECT sum(id) FROM countries WHERE name = n::text)) FROM generate_series(1, 110) n;
SELECT pg_stat_force_next_flush();
