-- bad: public.everything
DO $$ BEGIN
  EXECUTE 'CREATE TABLE everything (id bigint PRIMARY KEY, ' || (SELECT string_agg('c' || x || ' text', ', ') FROM generate_series(1, 50) x) || ')';
END $$;
-- repair
ALTER TABLE everything DROP c50;
-- good
DO $$ BEGIN
  EXECUTE 'CREATE TABLE enough (id bigint PRIMARY KEY, ' || (SELECT string_agg('c' || x || ' text', ', ') FROM generate_series(1, 50) x) || ')';
END $$;
ALTER TABLE enough DROP c50;
