-- bad: public.orders.company_id; public.orders.customer_id; public.shipments."DriverId"; public.shipments.carrierid
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE companies (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, company_id integer, total numeric);
CREATE TABLE "Driver" (id bigint PRIMARY KEY, "carrierId" bigint);
CREATE TABLE shippers (carrierid text PRIMARY KEY);
CREATE TABLE shipments (id bigint PRIMARY KEY, carrierid text, "DriverId" bigint);
-- good
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, external_id bigint, paid integer);
CREATE TABLE audit_log (id bigint PRIMARY KEY, customer_id bigint, order_id bigint);
CREATE TABLE comments (id bigint PRIMARY KEY, commentable_type text, commentable_id bigint);
CREATE TABLE imports (id bigint PRIMARY KEY, order_id text);
CREATE SCHEMA billing;
CREATE TABLE billing.accounts (account_id bigint PRIMARY KEY);
CREATE TABLE payments (id bigint PRIMARY KEY, customer_id text);
