-- bad: public.orders_closed
CREATE TABLE orders (id bigint PRIMARY KEY, closed boolean NOT NULL, day date);
CREATE INDEX orders_closed ON orders (closed);
-- repair
DROP INDEX orders_closed;
CREATE INDEX orders_open ON orders (day) WHERE NOT closed;
-- good
CREATE TABLE orders (id bigint PRIMARY KEY, closed boolean NOT NULL, day date);
CREATE INDEX orders_open ON orders (closed) WHERE NOT closed;
CREATE INDEX orders_closed_day ON orders (closed, day);
CREATE UNIQUE INDEX one_row ON orders ((true));
