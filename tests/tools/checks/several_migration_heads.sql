-- bad: public.alembic_version
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('3f2c9a71be04'), ('91d0c55e7a2b');
ANALYZE alembic_version;
-- repair
DELETE FROM alembic_version WHERE version_num = '91d0c55e7a2b';
ANALYZE alembic_version;
-- good
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('3f2c9a71be04');
ANALYZE alembic_version;
