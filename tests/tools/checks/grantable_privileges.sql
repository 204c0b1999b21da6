-- bad: public.tasks for role_app
CREATE ROLE role_app;
CREATE TABLE tasks (id integer);
GRANT SELECT, INSERT ON tasks TO role_app WITH GRANT OPTION;
-- good
CREATE ROLE role_app;
CREATE TABLE tasks (id integer);
GRANT SELECT, INSERT ON tasks TO role_app;
