"""What running a migration in scratch shows, and what of the text it overrules."""

from __future__ import annotations

import pytest

from dbengineer.tools.migrations.linting import applying, judge, watching
from dbengineer.tools.migrations.linting.judge import Judge, NotRun
from dbengineer.tools.migrations.linting.wiping import wiped
from dbengineer.tools.scratch.database import Database

BIG = "CREATE TABLE big (id int PRIMARY KEY, a text); INSERT INTO big SELECT n, 'a' FROM generate_series(1, 12000) n;"


def rules(judge: Judge, sql: str, setup: str | None = BIG, *, transactional: bool = False) -> list[str]:
    return [f.rule for f in judge.lint(sql, setup, transactional=transactional)]


def test_a_fear_of_the_text_that_running_does_not_bear_out_is_dropped(judge: Judge) -> None:
    """The text knows no function that an extension brings; the server knows that this one is immutable."""
    extension = "CREATE SCHEMA s; CREATE EXTENSION citext SCHEMA s; "
    statement = "ALTER TABLE big ADD COLUMN c bool DEFAULT s.texticlike('a', 'A')"
    assert [f.rule for f in lint_text(statement, extension + BIG)] == ["add-column-volatile-default"]
    assert rules(judge, statement, extension + BIG) == []


def lint_text(sql: str, setup: str) -> list[judge.Finding]:
    from dbengineer.tools.migrations.linting.lint import lint

    return lint(sql, applying.build(setup))


def test_work_that_no_text_shows_is_found(judge: Judge) -> None:
    trigger = """
        CREATE TABLE job (id int);
        CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN EXECUTE concat('ALTER TABLE big ', 'ADD CHECK (id > 0)'); RETURN NEW; END $$;
        CREATE TRIGGER t BEFORE INSERT ON job FOR EACH ROW EXECUTE FUNCTION change();"""
    assert rules(judge, "INSERT INTO job VALUES (1)", BIG + trigger) == ["work-under-lock"]


def test_what_comes_after_an_error_is_judged_by_its_text(judge: Judge) -> None:
    found = judge.lint("ALTER TABLE big ADD COLUMN a text; ALTER TABLE big DROP COLUMN a;", BIG)
    assert [(f.rule, f.line) for f in found] == [("fails-at-runtime", 1), ("drop-column", 1)]


def test_rows_in_the_way_are_no_fault_of_the_schema_and_their_values_are_not_told(judge: Judge) -> None:
    found = judge.lint("CREATE UNIQUE INDEX CONCURRENTLY u ON big (a)", BIG.replace("'a'", "'secret'"))
    assert [f.rule for f in found] == ["data-dependent-failure"]
    assert "secret" not in found[0].why


def test_deferred_constraints_are_checked_at_the_end(judge: Judge) -> None:
    key = "ALTER TABLE big ADD COLUMN up int REFERENCES big DEFERRABLE INITIALLY DEFERRED;"
    assert rules(judge, "UPDATE big SET up = -1 WHERE id = 1", BIG + key) == ["data-dependent-failure"]


def test_the_size_is_counted_and_not_guessed(judge: Judge) -> None:
    setup = BIG + "DELETE FROM big WHERE id > 100;"
    assert [f.rule for f in lint_text("CREATE INDEX i ON big (a)", setup)] == ["index-not-concurrent"]
    assert rules(judge, "CREATE INDEX i ON big (a)", setup) == []


def test_a_sequence_may_go_forward_but_not_back(judge: Judge) -> None:
    setup = "CREATE SEQUENCE s; SELECT setval('s', 500);"
    assert rules(judge, "ALTER SEQUENCE s RESTART WITH 1000", setup) == []
    assert rules(judge, "SELECT setval('s', 3)", setup) == ["sequence-reset"]


def test_without_a_schema_what_is_missing_says_nothing(judge: Judge) -> None:
    assert rules(judge, "ALTER TABLE elsewhere ADD COLUMN c int", None) == []
    assert rules(judge, "CREATE TABLE t (id int); ALTER TABLE t ADD CHECK (id);", None) == ["fails-at-runtime"]


def test_an_extension_that_is_not_here_may_be_there(judge: Judge) -> None:
    assert rules(judge, "CREATE EXTENSION an_extension_of_nobody") == []
    with pytest.raises(NotRun, match="an_extension_of_nobody"):
        judge.lint("SELECT 1", "CREATE EXTENSION an_extension_of_nobody")


def test_nothing_of_one_migration_is_there_for_the_next(judge: Judge) -> None:
    made = """CREATE ROLE lint_role; CREATE SCHEMA own; CREATE TABLE own.t (id int); CREATE EXTENSION citext;
              GRANT SELECT ON own.t TO lint_role; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO lint_role;
              CREATE PUBLICATION p; CREATE FOREIGN DATA WRAPPER w; SET search_path = own"""
    for _ in range(2):
        assert rules(judge, made.replace("\n", " "), "") == []


def test_what_cannot_be_wiped_is_noticed(database: Database) -> None:
    database.script("CREATE TABLE t (id int)")
    assert wiped(database)
    assert database.query("SELECT FROM pg_class WHERE relname = 't'") == []
    database.script(f"ALTER DATABASE {database.name} SET work_mem = '1MB'")
    assert not wiped(database)
    database.script(f"ALTER DATABASE {database.name} RESET ALL")


def test_a_copy_without_rows_is_judged_by_the_sizes_that_are_known(database: Database) -> None:
    database.script("CREATE TABLE big (id int PRIMARY KEY, a varchar(9)); CREATE TABLE small (id int)")
    known = applying.build("CREATE TABLE big (id int PRIMARY KEY, a varchar(9)); CREATE TABLE small (id int)")
    watching.sizes_of(known, {"big": 1_000_000, "small": 3})
    sql = """ALTER TABLE big ALTER a TYPE text; ALTER TABLE small ADD CHECK (id > 0); 
             ALTER TABLE big ADD CHECK (id > 0); UPDATE big SET a = 'x';"""
    found = judge.on_copy(database, sql, known)
    assert [f.rule for f in found] == ["check-validating", "unbatched-dml"]
