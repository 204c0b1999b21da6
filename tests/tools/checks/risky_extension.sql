-- bad: dblink; file_fdw
CREATE EXTENSION dblink;
CREATE EXTENSION file_fdw;
-- good
CREATE EXTENSION pg_trgm;
CREATE EXTENSION postgres_fdw;
