-- bad: public.events.payload
CREATE TABLE events (id bigint PRIMARY KEY, payload json NOT NULL DEFAULT '{}');
-- good
CREATE TABLE events (id bigint PRIMARY KEY, payload jsonb NOT NULL DEFAULT '{}', raw_body json);
