-- bad: public."Customer"; public.orders
CREATE TABLE "Customer" (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, "customerId" bigint, "unit price" numeric);
-- repair
ALTER TABLE "Customer" RENAME TO customers;
ALTER TABLE orders RENAME "customerId" TO customer_id;
ALTER TABLE orders RENAME "unit price" TO unit_price;
-- good
CREATE TABLE customers (id bigint PRIMARY KEY, _hidden int, line_1 text, "order" int);
CREATE TABLE "SequelizeMeta" (name text PRIMARY KEY);
