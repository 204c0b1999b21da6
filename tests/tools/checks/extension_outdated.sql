-- bad: pg_trgm
CREATE EXTENSION pg_trgm VERSION '1.3';
-- good
CREATE EXTENSION pg_trgm;
