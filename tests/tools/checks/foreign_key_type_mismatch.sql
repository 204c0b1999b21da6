-- bad: public.orders.customer_id
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers);
-- good
CREATE DOMAIN customer_number AS bigint;
CREATE TABLE customers (id bigint PRIMARY KEY, code varchar(20) UNIQUE);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id customer_number REFERENCES customers, customer_code text REFERENCES customers (code));
CREATE TABLE colours (id integer PRIMARY KEY);
CREATE TABLE cars (id bigint PRIMARY KEY, colour_id bigint REFERENCES colours);
