-- bad: public.orders_2026; public.sessions
CREATE UNLOGGED TABLE sessions (id bigint PRIMARY KEY, data jsonb);
CREATE TABLE orders (id bigint, year int) PARTITION BY LIST (year);
CREATE UNLOGGED TABLE orders_2026 PARTITION OF orders FOR VALUES IN (2026);
-- good
CREATE TABLE sessions (id bigint PRIMARY KEY, data jsonb);
CREATE TEMPORARY TABLE scratch (id bigint);
