-- bad: public.orders_day_again; public.orders_number_plain; public.orders_number_twice; public.readings_at_again
CREATE TABLE orders (id bigint PRIMARY KEY, number text NOT NULL, day date);
CREATE INDEX orders_number_plain ON orders (number);
ALTER TABLE orders ADD CONSTRAINT orders_number UNIQUE (number);
ALTER TABLE orders ADD CONSTRAINT orders_number_twice UNIQUE (number);
CREATE TABLE lines (id bigint PRIMARY KEY, number text REFERENCES orders (number));
CREATE INDEX orders_day ON orders (day) WHERE number <> '';
CREATE INDEX orders_day_again ON orders (day) WHERE number <> '';
CREATE TABLE readings (at date) PARTITION BY RANGE (at);
CREATE TABLE readings_all PARTITION OF readings DEFAULT;
CREATE INDEX readings_at ON readings (at);
CREATE INDEX readings_at_again ON readings (at);
-- good
CREATE TABLE orders (id bigint PRIMARY KEY, number text, day date, place text);
CREATE INDEX a ON orders (number);
CREATE INDEX b ON orders (number text_pattern_ops);
CREATE INDEX c ON orders (number COLLATE "C");
CREATE INDEX d ON orders (number) WHERE day IS NOT NULL;
CREATE INDEX e ON orders (number) INCLUDE (day);
CREATE INDEX f ON orders (lower(number));
CREATE INDEX g ON orders USING hash (number);
CREATE INDEX h ON orders (number DESC NULLS LAST);
CREATE UNIQUE INDEX i ON orders (place);
ALTER TABLE orders ADD CONSTRAINT j UNIQUE (place) DEFERRABLE;
