-- bad: public.events
CREATE TABLE events (at timestamptz NOT NULL, what text NOT NULL);
CREATE TABLE users (id bigint PRIMARY KEY);
-- good
CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL);
