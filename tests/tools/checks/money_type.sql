-- bad: public.orders.total
CREATE TABLE orders (id bigint PRIMARY KEY, total money NOT NULL);
-- good
CREATE TABLE orders (id bigint PRIMARY KEY, money numeric(12, 2) NOT NULL, currency text NOT NULL);
