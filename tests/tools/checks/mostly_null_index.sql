-- bad: public.orders_coupon
CREATE TABLE orders (id bigint PRIMARY KEY, coupon text);
CREATE INDEX orders_coupon ON orders (coupon);
INSERT INTO orders SELECT n, CASE WHEN n % 50 = 0 THEN 'c' || n END FROM generate_series(1, 2000) n;
ANALYZE orders;
-- repair
DROP INDEX orders_coupon;
CREATE INDEX orders_coupon ON orders (coupon) WHERE coupon IS NOT NULL;
-- good
CREATE TABLE orders (id bigint PRIMARY KEY, coupon text, sent_at timestamptz, place text);
CREATE INDEX orders_coupon ON orders (coupon) WHERE coupon IS NOT NULL;
CREATE INDEX orders_unsent ON orders (sent_at);
CREATE INDEX orders_place ON orders (place);
INSERT INTO orders SELECT n, CASE WHEN n % 50 = 0 THEN 'c' || n END, NULL, CASE WHEN n % 2 = 0 THEN 'here' END FROM generate_series(1, 2000) n;
ANALYZE orders;
