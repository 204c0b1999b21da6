-- bad: public.orders_place
CREATE TABLE orders (id bigint PRIMARY KEY, place text, day date);
INSERT INTO orders SELECT n, 'place ' || n, '2026-01-01' FROM generate_series(1, 5000) n;
CREATE INDEX orders_place ON orders (place);
SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_memoize = off;
SELECT sum(o.id) FROM generate_series(1, 11000) n JOIN orders o ON o.id = n;
SELECT pg_stat_force_next_flush();
-- good
CREATE TABLE customers (id bigint PRIMARY KEY);
INSERT INTO customers SELECT generate_series(1, 5000);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, number text UNIQUE, day date, place text);
INSERT INTO orders SELECT n, n, 'number ' || n, '2026-01-01', 'place ' || n FROM generate_series(1, 5000) n;
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX orders_place ON orders (place);
CREATE TABLE small (id bigint PRIMARY KEY, word text);
CREATE INDEX small_word ON small (word);
SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_memoize = off;
SELECT sum(o.id) FROM generate_series(1, 11000) n JOIN orders o ON o.place = 'place ' || n;
SELECT pg_stat_force_next_flush();
