-- bad: public.orders.placed_at; public.orders.sent_at
CREATE TABLE orders (id bigint PRIMARY KEY, placed_at timestamp NOT NULL, sent_at timestamp(0));
-- repair
ALTER TABLE orders
  ALTER placed_at TYPE timestamptz USING placed_at AT TIME ZONE 'UTC',
  ALTER sent_at TYPE timestamptz USING sent_at AT TIME ZONE 'UTC';
-- good
CREATE TABLE orders (id bigint PRIMARY KEY, placed_at timestamptz NOT NULL, due date, opens time);
CREATE TABLE appointments (id bigint PRIMARY KEY, begins timestamp NOT NULL, time_zone text NOT NULL);
CREATE TABLE flights (id bigint PRIMARY KEY, departure_local timestamp NOT NULL);
CREATE TABLE ar_internal_metadata (key text PRIMARY KEY, created_at timestamp);
CREATE VIEW old_orders AS SELECT placed_at::timestamp AS placed FROM orders;
