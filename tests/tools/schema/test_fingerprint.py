"""A fingerprint changes with every change of the schema and with nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dbengineer.tools.schema.fingerprint import fingerprint, snapshot
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server

START = """
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE users (id int PRIMARY KEY, email text);
CREATE TABLE tasks (id int PRIMARY KEY, owner int CONSTRAINT tasks_owner REFERENCES users, note varchar(20),
    feels mood);
CREATE VIEW notes AS SELECT note FROM tasks;
CREATE MATERIALIZED VIEW mails AS SELECT email FROM users;
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE SEQUENCE counter;
CREATE STATISTICS both_of (ndistinct) ON owner, note FROM tasks;
"""

CHANGES = [
    "ALTER TABLE tasks ADD COLUMN done boolean",
    "ALTER TABLE tasks ALTER COLUMN feels SET NOT NULL",
    "ALTER TABLE tasks ALTER COLUMN id TYPE bigint",
    "ALTER TABLE tasks ALTER COLUMN owner SET DEFAULT 3",
    "ALTER TABLE tasks ALTER COLUMN note SET STATISTICS 500",
    "ALTER TABLE tasks RENAME COLUMN feels TO felt",
    "ALTER TABLE tasks ADD CHECK (id > 0) NOT VALID",
    """ALTER TABLE tasks DROP CONSTRAINT tasks_owner,
        ADD CONSTRAINT tasks_owner FOREIGN KEY (owner) REFERENCES users ON DELETE CASCADE""",
    "CREATE INDEX ON tasks (owner)",
    "CREATE INDEX ON tasks (owner) WHERE owner > 3",
    "ALTER TABLE tasks SET (fillfactor = 80)",
    "ALTER TABLE tasks ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY mine ON tasks USING (owner = 1)",
    "ALTER TABLE tasks OWNER TO pg_monitor",
    "GRANT SELECT ON tasks TO PUBLIC",
    "GRANT SELECT (note) ON tasks TO PUBLIC",
    "REVOKE EXECUTE ON FUNCTION one() FROM PUBLIC",
    "REVOKE CREATE ON SCHEMA public FROM pg_database_owner",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_monitor",
    "CREATE OR REPLACE VIEW notes AS SELECT note FROM tasks WHERE id > 1",
    "CREATE UNIQUE INDEX ON mails (email)",
    "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 2'",
    "CREATE TRIGGER touched BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION touch()",
    "ALTER TYPE mood ADD VALUE 'ugly'",
    "ALTER DOMAIN positive ADD CONSTRAINT small CHECK (VALUE < 10)",
    "ALTER SEQUENCE counter INCREMENT BY 2",
    "COMMENT ON COLUMN tasks.note IS 'what to do'",
    "DROP STATISTICS both_of",
    "CREATE EXTENSION pg_trgm",
    "CREATE SCHEMA other",
    "CREATE TABLE tasks_too (LIKE tasks) PARTITION BY HASH (id)",
    "CREATE PUBLICATION everything FOR ALL TABLES",
]


@pytest.fixture(scope="module")
def started(server: Server) -> Iterator[Database]:
    """A database with a little of everything, which every test leaves as it was."""
    database = server.create("fingerprints")
    database.script(START)
    yield database
    database.close()
    server.drop("fingerprints")


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_seen_and_gone_when_it_is_rolled_back(started: Database, change: str) -> None:
    before = fingerprint(started)
    started.script("BEGIN")
    started.script(change)
    after = fingerprint(started)
    started.script("ROLLBACK")
    assert after != before
    assert fingerprint(started) == before


def test_rows_statistics_oids_and_the_session_make_no_difference(started: Database, server: Server) -> None:
    before = snapshot(started)
    started.script("INSERT INTO users SELECT i, i FROM generate_series(1, 50) i; ANALYZE; SELECT nextval('counter')")
    started.script("SET search_path = public, pg_catalog")
    twin = server.create("twin", template="template0")
    twin.script("CREATE TABLE moves_the_oids (); DROP TABLE moves_the_oids")
    twin.script(START)
    after, elsewhere = snapshot(started), snapshot(twin)
    path = started.query("SHOW search_path")[0]["search_path"]
    twin.close()
    server.drop("twin")
    assert after.without(before) == before.without(after) == []
    assert elsewhere.fingerprint == before.fingerprint
    assert path == "public, pg_catalog"


def test_granting_and_revoking_leads_back(started: Database) -> None:
    before = fingerprint(started)
    started.script("GRANT ALL ON tasks TO pg_monitor; REVOKE ALL ON tasks FROM pg_monitor")
    started.script("GRANT USAGE ON SCHEMA public TO pg_monitor; REVOKE USAGE ON SCHEMA public FROM pg_monitor")
    assert fingerprint(started) == before


def test_roles_are_seen_where_asked(started: Database) -> None:
    before = snapshot(started, roles=True)
    started.script("BEGIN; CREATE ROLE newcomer")
    after = snapshot(started, roles=True)
    started.script("ROLLBACK")
    assert [line.split(":")[0] for line in after.without(before)] == ["role newcomer"]


def test_it_works_on_an_old_server(old_database: Database) -> None:
    old_database.script(START)
    before = fingerprint(old_database)
    old_database.script("ALTER TABLE tasks ADD COLUMN done boolean")
    assert fingerprint(old_database) != before
