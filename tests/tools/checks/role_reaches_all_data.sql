-- bad: role_copier; role_screens in pg_write_all_data
CREATE ROLE role_screens LOGIN;
GRANT pg_write_all_data TO role_screens;
CREATE ROLE role_copier LOGIN REPLICATION;
-- good
CREATE ROLE role_owner NOLOGIN;
GRANT pg_write_all_data TO role_owner;
CREATE ROLE role_replica LOGIN REPLICATION;
CREATE ROLE role_backup LOGIN REPLICATION;
GRANT pg_read_all_data TO role_backup;
CREATE ROLE role_screens LOGIN;
GRANT pg_monitor TO role_screens;
