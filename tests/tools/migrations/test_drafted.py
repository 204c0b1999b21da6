"""What a machine drafted is tried only where it can neither leave scratch nor lose rows."""

from __future__ import annotations

import pytest

from dbengineer.tools.migrations.drafted import refusal

HARMLESS = [
    ("CREATE INDEX CONCURRENTLY i ON app.t (lower(a)) WHERE b > 5", "DROP INDEX CONCURRENTLY app.i"),
    ("ALTER TABLE app.t ADD COLUMN c int DEFAULT 0", "ALTER TABLE app.t DROP COLUMN c"),
    ("ALTER TABLE app.t ADD CONSTRAINT k CHECK (a > 0) NOT VALID", "ALTER TABLE app.t DROP CONSTRAINT k"),
    ("CREATE TABLE app.n (id int PRIMARY KEY, at timestamptz DEFAULT now())", "DROP TABLE app.n"),
    ("ALTER SYSTEM SET random_page_cost = 1.1", "ALTER SYSTEM RESET random_page_cost"),
    ("REVOKE SELECT ON app.t FROM PUBLIC", "GRANT SELECT ON app.t TO PUBLIC"),
    ("CREATE STATISTICS app.s ON a, b FROM app.t", "DROP STATISTICS app.s"),
    ("VACUUM ANALYZE app.t", ""),
]
HARMFUL = [
    ("COPY app.t TO PROGRAM 'sh'", "", "COPY"),
    ("CREATE INDEX i ON app.t (a); DO $$ BEGIN END $$", "", "DO"),
    ("CREATE INDEX i ON app.t (a)", "DROP INDEX app.i; DELETE FROM app.u", "DELETE"),
    ("CREATE INDEX i ON app.t (a)", "DROP INDEX app.i; DROP TABLE app.u", "drop"),
    ("CREATE TABLE app.n (id int)", "DROP TABLE app.n, app.u", "drop"),
    ("ALTER TABLE app.t ADD COLUMN c int", "ALTER TABLE app.t DROP COLUMN d", "drops a column"),
    ("CREATE INDEX i ON app.t (app.f(a))", "", "app.f"),
    ("CREATE INDEX i ON app.t ((pg_read_file(a)))", "", "pg_read_file"),
    ("CREATE INDEX i ON app.t ((a OPERATOR(app.+) b))", "", "app.+"),
    ("ALTER TABLE app.t ALTER a TYPE int USING dblink_exec(a)::int", "", "dblink_exec"),
    ("ALTER SYSTEM SET archive_command = 'sh'", "", "archive_command"),
    ("ALTER SYSTEM SET shared_preload_libraries = 'x'", "", "shared_preload_libraries"),
    ("GRANT SELECT ON app.t TO PUBLIC", "", "grant"),
    ("ALTER TABLE app.t DISABLE ROW LEVEL SECURITY", "", "policy"),
    ("CREATE EXTENSION dblink", "", "CREATE EXTENSION"),
    ("nonsense", "", "as SQL"),
]


@pytest.mark.parametrize(("up", "down"), HARMLESS)
def test_changes_of_tables_and_indexes_are_tried(up: str, down: str) -> None:
    assert refusal(up, down) == ""


@pytest.mark.parametrize(("up", "down", "why"), HARMFUL)
def test_what_reaches_further_or_loses_rows_is_refused(up: str, down: str, why: str) -> None:
    assert why in refusal(up, down)


def test_a_rehearsal_that_is_thrown_away_may_drop() -> None:
    assert refusal("DROP TABLE app.t", keeps_rows=False) == ""
    assert refusal("DROP TABLE app.t; CALL app.p()", keeps_rows=False)
