-- bad: public.events_id_seq; public.ticket_numbers; public.visits_id_seq
CREATE TABLE visits (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
SELECT setval('visits_id_seq', 1900000000);
CREATE SEQUENCE ticket_numbers AS integer;
CREATE TABLE tickets (number bigint PRIMARY KEY DEFAULT nextval('ticket_numbers'));
SELECT setval('ticket_numbers', 2000000000);
CREATE TABLE events (id serial PRIMARY KEY);
ALTER SEQUENCE events_id_seq AS bigint;
SELECT setval('events_id_seq', 2100000000);
-- repair
ALTER TABLE visits ALTER id TYPE bigint;
ALTER SEQUENCE ticket_numbers AS bigint;
ALTER TABLE events ALTER id TYPE bigint;
-- good
CREATE TABLE visits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
SELECT setval('visits_id_seq', 1900000000);
CREATE TABLE tickets (id serial PRIMARY KEY);
SELECT setval('tickets_id_seq', 100000000);
CREATE SEQUENCE turns AS smallint MAXVALUE 9 CYCLE;
SELECT setval('turns', 9);
CREATE SEQUENCE unused AS smallint;
