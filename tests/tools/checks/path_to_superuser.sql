-- bad: role_app to role_root
CREATE ROLE role_root SUPERUSER NOLOGIN;
CREATE ROLE role_ops;
CREATE ROLE role_app LOGIN;
GRANT role_root TO role_ops;
GRANT role_ops TO role_app;
-- good
CREATE ROLE role_root SUPERUSER NOLOGIN;
CREATE ROLE role_ops;
CREATE ROLE role_app LOGIN;
GRANT role_ops TO role_root;
GRANT role_ops TO role_app;
