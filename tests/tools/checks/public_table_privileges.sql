-- bad: public.users
CREATE TABLE users (id integer);
CREATE TABLE tasks (id integer);
GRANT SELECT, UPDATE ON users TO PUBLIC;
-- good
CREATE ROLE role_app;
CREATE TABLE users (id integer);
GRANT SELECT ON users TO role_app;
