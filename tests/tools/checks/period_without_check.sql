-- bad: public.prices.valid_to; public.visits.ends_at
CREATE TABLE visits (id bigint PRIMARY KEY, starts_at timestamptz NOT NULL, ends_at timestamptz);
CREATE TABLE prices (id bigint PRIMARY KEY, valid_from date NOT NULL, valid_to date CHECK (valid_to > '2000-01-01'));
-- good
CREATE EXTENSION btree_gist;
CREATE TABLE visits (id bigint PRIMARY KEY, starts_at timestamptz NOT NULL, ends_at timestamptz, CHECK (ends_at > starts_at));
CREATE TABLE prices (
  id bigint PRIMARY KEY, good_id bigint, valid_from date NOT NULL, valid_to date,
  EXCLUDE USING gist (good_id WITH =, daterange(valid_from, valid_to) WITH &&)
);
CREATE TABLE letters (id bigint PRIMARY KEY, sent_from text, sent_to text, born_on date, ended_at timestamptz);
