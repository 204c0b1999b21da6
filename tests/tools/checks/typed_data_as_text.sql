-- bad: public.lab_results.value; public.orders.is_paid; public.orders.order_date; public.orders.quantity; public.orders.updated_on
CREATE TABLE lab_results (id bigint PRIMARY KEY, value text);
INSERT INTO lab_results SELECT n, (n % 150) / 2.0 FROM generate_series(1, 300) n;
ANALYZE lab_results;
CREATE TABLE orders (id bigint PRIMARY KEY, order_date text, updated_on varchar(20), quantity varchar(10), is_paid text);
-- repair
ALTER TABLE lab_results ALTER value TYPE numeric USING value::numeric;
ALTER TABLE orders
  ALTER order_date TYPE date USING order_date::date,
  ALTER updated_on TYPE timestamptz USING updated_on::timestamptz,
  ALTER quantity TYPE integer USING quantity::integer,
  ALTER is_paid TYPE boolean USING is_paid::boolean;
-- good
CREATE TABLE orders (id bigint PRIMARY KEY, order_date date, updated_at timestamptz, quantity integer, is_paid boolean);
CREATE TABLE texts (id bigint PRIMARY KEY, date_format text, based_on text, discount text, encrypted_amount text, island text);
CREATE TABLE parts (id bigint PRIMARY KEY, part_no text, phone text, sku text, spot text, said text);
INSERT INTO parts SELECT n, n, n, 100000 + n, lpad(n::text, 4, '0'), CASE WHEN n = 7 THEN 'none' ELSE n::text END FROM generate_series(1, 300) n;
ANALYZE parts;
