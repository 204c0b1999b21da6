-- bad: public.events.id; public.orders.id
CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE orders (id serial PRIMARY KEY, customer_id bigint REFERENCES customers);
CREATE TABLE events (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL);
-- repair
ALTER TABLE orders ALTER id TYPE bigint;
ALTER TABLE events ALTER id TYPE bigint;
-- good
CREATE TABLE countries (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id bigserial PRIMARY KEY, country_id integer REFERENCES countries);
CREATE TABLE postcodes (code integer PRIMARY KEY, country_id integer REFERENCES countries, changed_at timestamptz);
