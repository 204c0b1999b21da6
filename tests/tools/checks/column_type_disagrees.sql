-- bad: public.payments.order_id
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE order_lines (id bigint PRIMARY KEY, order_id bigint REFERENCES orders);
CREATE TABLE payments (id bigint PRIMARY KEY, order_id text);
-- repair
ALTER TABLE payments ALTER order_id TYPE bigint USING order_id::bigint;
-- good
CREATE TABLE a (id bigint PRIMARY KEY, customer_id varchar(10), value text, external_id text, thing_id bigint);
CREATE TABLE b (id uuid PRIMARY KEY, customer_id text, value numeric, external_id bigint, thing_id text, thing_type text);
