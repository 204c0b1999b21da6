-- bad: public.all_notes
CREATE TABLE notes (id integer, tenant_id integer);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (tenant_id = current_setting('app.tenant')::integer);
CREATE VIEW all_notes AS SELECT * FROM notes;
-- good
CREATE TABLE notes (id integer, tenant_id integer);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (tenant_id = current_setting('app.tenant')::integer);
CREATE VIEW all_notes WITH (security_invoker = true) AS SELECT * FROM notes;
