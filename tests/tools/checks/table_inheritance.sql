-- bad: public.people
CREATE TABLE people (id bigint PRIMARY KEY, name text);
CREATE TABLE employees (salary numeric) INHERITS (people);
-- repair
ALTER TABLE employees NO INHERIT people;
-- good
CREATE TABLE people (id bigint PRIMARY KEY, name text);
CREATE TABLE employees (LIKE people INCLUDING ALL, salary numeric);
CREATE TABLE readings (at date) PARTITION BY RANGE (at);
CREATE TABLE readings_all PARTITION OF readings DEFAULT;
