-- bad: public.events
CREATE TABLE public.events (id integer) WITH (autovacuum_enabled = false);
INSERT INTO public.events SELECT n FROM generate_series(1, 12000) n;
SELECT pg_stat_force_next_flush();
-- good
CREATE TABLE public.events (id integer) WITH (autovacuum_enabled = false);
INSERT INTO public.events SELECT n FROM generate_series(1, 9000) n;
SELECT pg_stat_force_next_flush();
