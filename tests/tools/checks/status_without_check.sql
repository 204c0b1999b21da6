-- bad: public.orders.status; public.tenants.plan
CREATE TABLE orders (id bigint PRIMARY KEY, status text NOT NULL DEFAULT 'new');
CREATE TABLE tenants (id bigint PRIMARY KEY, plan text NOT NULL);
INSERT INTO tenants SELECT n, (ARRAY['free', 'team', 'business'])[1 + n % 3] FROM generate_series(1, 60) n;
ANALYZE tenants;
-- repair
ALTER TABLE orders ADD CHECK (status IN ('new', 'paid', 'sent'));
ALTER TABLE tenants ADD CHECK (plan IN ('free', 'team', 'business'));
-- good
CREATE TYPE order_state AS ENUM ('new', 'paid');
CREATE DOMAIN role AS text CHECK (VALUE IN ('admin', 'user'));
CREATE TABLE kinds (kind text PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, status text CHECK (status IN ('new', 'paid')), state order_state, kind text REFERENCES kinds, role role);
CREATE TABLE addresses (id bigint PRIMARY KEY, city text, state text);
CREATE TABLE projects (id bigint PRIMARY KEY, plan text, method text);
INSERT INTO projects SELECT n, 'Plan number ' || n, CASE WHEN n % 2 = 0 THEN 'by hand, slowly' ELSE 'by machine' END FROM generate_series(1, 200) n;
ANALYZE projects;
CREATE TABLE activity (id bigint PRIMARY KEY, subject_type text NOT NULL, subject_id bigint NOT NULL);
INSERT INTO activity SELECT n, (ARRAY['task', 'project'])[1 + n % 2], n FROM generate_series(1, 200) n;
ANALYZE activity;
