-- bad: public.files
CREATE TABLE notes (id integer, tenant_id integer);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (tenant_id = current_setting('app.tenant')::integer);
CREATE TABLE files (id integer, tenant_id integer);
-- repair
ALTER TABLE files ENABLE ROW LEVEL SECURITY;
-- good
CREATE TABLE files (id integer, tenant_id integer);
CREATE TABLE notes (id integer, tenant_id integer);
