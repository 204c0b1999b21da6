-- bad: public.events
CREATE TABLE public.events (id integer) WITH (autovacuum_enabled = false);
INSERT INTO public.events SELECT n FROM generate_series(1, 40000) n;
COMMIT;
DELETE FROM public.events WHERE id <= 15000;
SELECT pg_stat_force_next_flush();
-- good
CREATE TABLE public.events (id integer) WITH (autovacuum_enabled = false);
INSERT INTO public.events SELECT n FROM generate_series(1, 40000) n;
COMMIT;
DELETE FROM public.events WHERE id <= 2000;
SELECT pg_stat_force_next_flush();
