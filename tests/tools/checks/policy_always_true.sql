-- bad: anyone on public.notes; writing on public.notes
CREATE TABLE notes (id integer, owner text);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY anyone ON notes FOR UPDATE USING (true);
CREATE POLICY writing ON notes FOR INSERT WITH CHECK (true);
CREATE POLICY reading ON notes FOR SELECT USING (true);
-- repair
ALTER POLICY anyone ON notes USING (owner = current_user);
ALTER POLICY writing ON notes WITH CHECK (owner = current_user);
-- good
CREATE TABLE notes (id integer, owner text);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY anyone ON notes FOR UPDATE USING (owner = current_user);
CREATE POLICY writing ON notes FOR INSERT WITH CHECK (owner = current_user);
CREATE POLICY reading ON notes FOR SELECT USING (true);
CREATE POLICY batch ON notes TO pg_monitor USING (true);
