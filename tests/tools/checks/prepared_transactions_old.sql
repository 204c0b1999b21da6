-- bad: order-7
CREATE SCHEMA standin;
CREATE TABLE standin.pg_prepared_xacts (gid text, owner name, database name, prepared timestamptz);
INSERT INTO standin.pg_prepared_xacts VALUES ('order-7', 'shop', 'shop', now() - interval '5 hours');
SET search_path = standin, pg_catalog;
-- repair
DELETE FROM standin.pg_prepared_xacts;
-- good
CREATE SCHEMA standin;
CREATE TABLE standin.pg_prepared_xacts (gid text, owner name, database name, prepared timestamptz);
INSERT INTO standin.pg_prepared_xacts VALUES ('order-7', 'shop', 'shop', now() - interval '20 seconds');
SET search_path = standin, pg_catalog;
