-- bad: public.lines.quantity; public.lines.unit_price
CREATE TABLE lines (id bigint PRIMARY KEY, quantity integer NOT NULL, unit_price numeric(12, 2) NOT NULL);
-- good
CREATE DOMAIN price AS numeric(12, 2) CHECK (VALUE >= 0);
CREATE TABLE lines (id bigint PRIMARY KEY, quantity integer NOT NULL CHECK (quantity > 0), unit_price price, priced boolean, price_note text, balance numeric);
