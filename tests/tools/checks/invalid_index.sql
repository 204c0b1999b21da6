-- bad: public.orders_day; public.orders_place_ccnew
CREATE TABLE orders (id bigint PRIMARY KEY, day date, place text);
CREATE INDEX orders_day ON orders (day);
CREATE INDEX orders_place_ccnew ON orders (place);
UPDATE pg_index SET indisvalid = false WHERE indexrelid IN ('orders_day'::regclass, 'orders_place_ccnew'::regclass);
-- good
CREATE TABLE orders (id bigint PRIMARY KEY, day date);
CREATE INDEX orders_day ON orders (day);
CREATE TABLE readings (at date) PARTITION BY RANGE (at);
CREATE TABLE readings_all PARTITION OF readings DEFAULT;
CREATE INDEX readings_at ON ONLY readings (at);
