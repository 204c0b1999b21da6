-- bad: public.country
DO $$ BEGIN
  EXECUTE 'CREATE TYPE country AS ENUM (' || (SELECT string_agg(quote_literal('c' || x), ', ') FROM generate_series(1, 51) x) || ')';
END $$;
-- repair
CREATE TABLE countries (code text PRIMARY KEY);
DROP TYPE country;
-- good
DO $$ BEGIN
  EXECUTE 'CREATE TYPE country AS ENUM (' || (SELECT string_agg(quote_literal('c' || x), ', ') FROM generate_series(1, 50) x) || ')';
END $$;
