-- bad: public.orders.orders_customer_again; public.visits.visits_b_a
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers);
ALTER TABLE orders ADD CONSTRAINT orders_customer_again FOREIGN KEY (customer_id) REFERENCES customers (id);
CREATE TABLE places (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE visits (a int NOT NULL, b int NOT NULL);
ALTER TABLE visits ADD CONSTRAINT visits_a_b FOREIGN KEY (a, b) REFERENCES places (a, b);
ALTER TABLE visits ADD CONSTRAINT visits_b_a FOREIGN KEY (b, a) REFERENCES places (b, a) NOT VALID;
-- good
CREATE TABLE customers (id bigint PRIMARY KEY, number bigint UNIQUE NOT NULL);
CREATE TABLE orders (
  id bigint PRIMARY KEY,
  customer_id bigint REFERENCES customers,
  payer_id bigint REFERENCES customers,
  customer_number bigint REFERENCES customers (number)
);
