-- bad: public.orders
CREATE TABLE orders (id bigint PRIMARY KEY, a int);
DO $$ BEGIN FOR n IN 1..15 LOOP EXECUTE format('CREATE INDEX i%s ON orders (a) WHERE id > %s', n, n); END LOOP; END $$;
-- repair
DROP INDEX i15;
-- good
CREATE TABLE orders (id bigint PRIMARY KEY, a int);
DO $$ BEGIN FOR n IN 1..14 LOOP EXECUTE format('CREATE INDEX i%s ON orders (a) WHERE id > %s', n, n); END LOOP; END $$;
