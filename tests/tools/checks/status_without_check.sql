-- bad: public.orders.status
CREATE TABLE orders (id bigint PRIMARY KEY, status text NOT NULL DEFAULT 'new');
-- repair
ALTER TABLE orders ADD CHECK (status IN ('new', 'paid', 'sent'));
-- good
CREATE TYPE order_state AS ENUM ('new', 'paid');
CREATE DOMAIN role AS text CHECK (VALUE IN ('admin', 'user'));
CREATE TABLE kinds (kind text PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, status text CHECK (status IN ('new', 'paid')), state order_state, kind text REFERENCES kinds, role role);
CREATE TABLE addresses (id bigint PRIMARY KEY, city text, state text);
