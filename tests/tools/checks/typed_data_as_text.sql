-- bad: public.orders.is_paid; public.orders.order_date; public.orders.quantity; public.orders.updated_on
CREATE TABLE orders (id bigint PRIMARY KEY, order_date text, updated_on varchar(20), quantity varchar(10), is_paid text);
-- repair
ALTER TABLE orders
  ALTER order_date TYPE date USING order_date::date,
  ALTER updated_on TYPE timestamptz USING updated_on::timestamptz,
  ALTER quantity TYPE integer USING quantity::integer,
  ALTER is_paid TYPE boolean USING is_paid::boolean;
-- good
CREATE TABLE orders (id bigint PRIMARY KEY, order_date date, updated_at timestamptz, quantity integer, is_paid boolean);
CREATE TABLE texts (id bigint PRIMARY KEY, date_format text, based_on text, discount text, encrypted_amount text, island text);
