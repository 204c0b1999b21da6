-- bad: public.notes
CREATE TABLE notes (id integer, tenant_id integer);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (tenant_id = current_setting('app.tenant')::integer);
ALTER TABLE notes DISABLE ROW LEVEL SECURITY;
-- good
CREATE TABLE notes (id integer, tenant_id integer);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (tenant_id = current_setting('app.tenant')::integer);
