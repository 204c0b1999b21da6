-- bad: public.orders
CREATE TABLE orders (id bigint PRIMARY KEY, place text, deleted_at timestamptz);
CREATE INDEX orders_place ON orders (place);
-- repair
DROP INDEX orders_place;
CREATE INDEX orders_place ON orders (place) WHERE deleted_at IS NULL;
-- good
CREATE TABLE orders (id bigint PRIMARY KEY, place text, deleted_at timestamptz);
CREATE INDEX orders_place ON orders (place) WHERE deleted_at IS NULL;
CREATE TABLE notes (id bigint PRIMARY KEY, number int UNIQUE, deleted boolean NOT NULL);
