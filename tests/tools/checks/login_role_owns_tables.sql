-- bad: role_app
CREATE ROLE role_app LOGIN;
CREATE TABLE tasks (id integer);
ALTER TABLE tasks OWNER TO role_app;
-- repair
REASSIGN OWNED BY role_app TO postgres;
-- good
CREATE ROLE role_owner NOLOGIN;
CREATE ROLE role_app LOGIN;
CREATE TABLE tasks (id integer);
ALTER TABLE tasks OWNER TO role_owner;
GRANT SELECT ON tasks TO role_app;
