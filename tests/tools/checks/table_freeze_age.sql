-- bad: public.events
CREATE TABLE public.events (id integer);
CREATE TABLE public.users (id integer);
CREATE SCHEMA standin;
CREATE TABLE standin.pg_class AS SELECT oid, relname, relnamespace, relkind, relpersistence, relfrozenxid FROM pg_class;
UPDATE standin.pg_class SET relfrozenxid = ((txid_current() - 300000000) & 4294967295)::text::xid WHERE relname = 'events';
SET search_path = standin, pg_catalog;
-- repair
DELETE FROM standin.pg_class;
-- good
CREATE TABLE public.events (id integer);
CREATE TABLE public.users (id integer);
CREATE SCHEMA standin;
CREATE TABLE standin.pg_class AS SELECT oid, relname, relnamespace, relkind, relpersistence, relfrozenxid FROM pg_class;
UPDATE standin.pg_class SET relfrozenxid = ((txid_current() - 210000000) & 4294967295)::text::xid WHERE relname = 'events';
SET search_path = standin, pg_catalog;
