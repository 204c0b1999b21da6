-- bad: public.lines.(order_id, "Place"); public.orders.customer_id; public.orders.seller_id; public.readings.sensor_id
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (
  id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, seller_id bigint REFERENCES customers, closed boolean NOT NULL
);
CREATE INDEX orders_customer_id_idx ON orders (customer_id) WHERE NOT closed;
CREATE INDEX orders_closed_seller ON orders (closed, seller_id);
CREATE TABLE places (order_id bigint, "Place" int, PRIMARY KEY (order_id, "Place"));
CREATE TABLE lines (id bigint PRIMARY KEY, order_id bigint, "Place" int, FOREIGN KEY (order_id, "Place") REFERENCES places);
CREATE INDEX lines_place ON lines ("Place");
CREATE TABLE readings (sensor_id bigint REFERENCES customers, at date) PARTITION BY RANGE (at);
CREATE TABLE readings_all PARTITION OF readings DEFAULT;
-- good
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, seller_id bigint REFERENCES customers, agent_id bigint REFERENCES customers);
CREATE INDEX orders_customer ON orders (customer_id, id);
CREATE INDEX orders_seller ON orders (seller_id) WHERE seller_id IS NOT NULL;
CREATE INDEX orders_agent ON orders USING hash (agent_id);
CREATE TABLE places (order_id bigint, place int, PRIMARY KEY (order_id, place));
CREATE TABLE lines (order_id bigint, place int, n int, PRIMARY KEY (place, order_id, n), FOREIGN KEY (order_id, place) REFERENCES places);
CREATE TABLE readings (sensor_id bigint REFERENCES customers, at date) PARTITION BY RANGE (at);
CREATE TABLE readings_all PARTITION OF readings DEFAULT;
CREATE INDEX ON readings (sensor_id);
