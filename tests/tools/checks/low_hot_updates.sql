-- bad: public.events
CREATE TABLE public.events (id integer, n integer) WITH (fillfactor = 10, autovacuum_enabled = false);
CREATE INDEX ON public.events (n);
INSERT INTO public.events SELECT n, n FROM generate_series(1, 11000) n;
COMMIT;
UPDATE public.events SET n = n + 1;
SELECT pg_stat_force_next_flush();
-- repair
SELECT pg_stat_reset();
-- good
CREATE TABLE public.events (id integer, n integer) WITH (fillfactor = 10, autovacuum_enabled = false);
CREATE INDEX ON public.events (id);
INSERT INTO public.events SELECT n, n FROM generate_series(1, 11000) n;
COMMIT;
UPDATE public.events SET n = n + 1;
SELECT pg_stat_force_next_flush();
