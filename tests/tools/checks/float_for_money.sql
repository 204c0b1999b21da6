-- bad: public.orders.freight; public.orders.total; public.products."unitPrice"
CREATE TABLE products (id bigint PRIMARY KEY, "unitPrice" double precision NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, total real, freight real);
-- repair
ALTER TABLE products ALTER "unitPrice" TYPE numeric(12, 2);
ALTER TABLE orders ALTER total TYPE numeric(12, 2), ALTER freight TYPE numeric(12, 2);
-- good
CREATE TABLE products (id bigint PRIMARY KEY, unit_price numeric(12, 2) NOT NULL, tax_rate double precision, price_change_percent real);
CREATE TABLE trips (id bigint PRIMARY KEY, total_distance double precision, latitude double precision, costume_size real);
