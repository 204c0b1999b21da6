-- bad: public.customers.name; public.customers.number
CREATE TABLE customers (id bigint PRIMARY KEY, name char(40) NOT NULL, number char(5) UNIQUE DEFAULT 'none');
-- good
CREATE TABLE customers (id bigint PRIMARY KEY, name varchar(40) NOT NULL, country char(2), currency char(3), content_hash char(64));
