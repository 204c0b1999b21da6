-- bad: public.events
CREATE TABLE events (id integer) WITH (autovacuum_enabled = false);
CREATE TABLE users (id integer);
-- good
CREATE TABLE events (id integer) WITH (autovacuum_enabled = true, autovacuum_vacuum_scale_factor = 0.01);
