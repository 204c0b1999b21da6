-- bad: public."user"; public.steps."order"
CREATE TABLE "user" (id bigint PRIMARY KEY);
CREATE TABLE steps (id bigint PRIMARY KEY, "order" int);
-- repair
ALTER TABLE "user" RENAME TO users;
ALTER TABLE steps RENAME "order" TO place;
-- good
CREATE TABLE users (id bigint PRIMARY KEY, name text, value text, type text, position int, timestamp timestamptz, key text, date date);
