-- bad: role_app
CREATE ROLE role_app LOGIN;
CREATE ROLE role_owner;
-- repair
ALTER ROLE role_app VALID UNTIL '2099-01-01';
-- good
CREATE ROLE role_app LOGIN VALID UNTIL '2099-01-01';
