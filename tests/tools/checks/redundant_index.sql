-- bad: public.orders_customer; public.orders_day; public.readings_at
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, day date, place text);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX orders_customer_day ON orders (customer_id, day);
CREATE INDEX orders_day ON orders (day);
CREATE INDEX orders_day_place ON orders (day) INCLUDE (place);
CREATE TABLE readings (at date, value numeric) PARTITION BY RANGE (at);
CREATE TABLE readings_all PARTITION OF readings DEFAULT;
CREATE INDEX readings_at ON readings (at);
CREATE INDEX readings_at_value ON readings (at, value);
-- good
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, day date, place text, closed boolean);
CREATE INDEX a ON orders (customer_id, day);
CREATE INDEX b ON orders (day);
CREATE UNIQUE INDEX c ON orders (place);
CREATE INDEX d ON orders (place, day);
CREATE INDEX e ON orders (customer_id) WHERE NOT closed;
CREATE INDEX f ON orders (place text_pattern_ops, closed);
CREATE INDEX g ON orders (day DESC NULLS LAST, place);
CREATE INDEX h ON orders (customer_id) INCLUDE (place);
CREATE INDEX i ON orders ((customer_id + 1));
CREATE INDEX j ON orders USING brin (day, place);
