-- bad: pg_trgm
CREATE EXTENSION pg_trgm;
-- repair
CREATE SCHEMA extensions;
ALTER EXTENSION pg_trgm SET SCHEMA extensions;
-- good
CREATE SCHEMA extensions;
CREATE EXTENSION pg_trgm SCHEMA extensions;
