"""The drafts are run: Alembic by Alembic itself, the Flyway scripts as Flyway would run them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dbengineer.tools.facts import Kind, Recommendation
from dbengineer.tools.migrations import draft
from dbengineer.tools.schema.fingerprint import Snapshot, snapshot
from dbengineer.tools.scratch.database import Database

SHOP = """
CREATE TABLE public.users (id int PRIMARY KEY, email text, note text);
CREATE TABLE public."Odd Orders" (id int PRIMARY KEY, user_id int, "a:b" text);
"""


def change(title: str, sql: str, undo: str, kind: Kind = "ddl") -> Recommendation:
    """An accepted change."""
    return Recommendation(
        id=Recommendation.name(kind, sql), deliverable="schema", kind=kind, title=title, why="w", sql=sql, undo=undo
    )


CHANGES = [
    change(
        'Foreign key without an index: public."Odd Orders"',
        'CREATE INDEX CONCURRENTLY "by:user" ON public."Odd Orders" (user_id, "a:b")',
        'DROP INDEX CONCURRENTLY public."by:user"',
        "index",
    ),
    change(
        "Missing foreign key",
        'ALTER TABLE public."Odd Orders" ADD CONSTRAINT of_user FOREIGN KEY (user_id) REFERENCES users NOT VALID;'
        '\nALTER TABLE public."Odd Orders" VALIDATE CONSTRAINT of_user',
        'ALTER TABLE public."Odd Orders" DROP CONSTRAINT of_user',
    ),
    change(
        "Odd text; with 100 % of what quoting has",
        "COMMENT ON TABLE public.users IS 'a:b %s 100% ''x''; \"\"\" \\ :name::int ${x}';\n"
        "ALTER TABLE public.users ALTER COLUMN note SET DEFAULT 'it''s :now'::text",
        "ALTER TABLE public.users ALTER COLUMN note DROP DEFAULT; COMMENT ON TABLE public.users IS NULL",
    ),
    change(
        "Function",
        "CREATE FUNCTION public.f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 1; -- :x\nEND $$",
        "DROP FUNCTION public.f()",
    ),
    change(
        "Read access",
        "GRANT SELECT ON public.users TO pg_monitor",
        "REVOKE SELECT ON public.users FROM pg_monitor",
        "access",
    ),
    change("Logging", "ALTER SYSTEM SET log_lock_waits = on", "ALTER SYSTEM RESET log_lock_waits", "setting"),
    change("Superuser", "ALTER ROLE app NOSUPERUSER", "ALTER ROLE app SUPERUSER", "access"),
    change("Rewrite", "SELECT 1", "", "query"),
]


def seen(database: Database) -> Snapshot:
    """The schema without Alembic's own table."""
    lines = snapshot(database).lines
    return Snapshot(lines=frozenset(line for line in lines if "dbengineer_version" not in line))


@pytest.fixture
def shop(database: Database) -> Database:
    """The database that the changes are made for."""
    database.script(SHOP)
    return database


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The drafted files."""
    for path, text in draft.files(CHANGES).items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "migrations"


def test_alembic_goes_up_down_and_up_again(shop: Database, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import command
    from alembic.config import Config

    monkeypatch.setenv("DATABASE_URL", shop.conninfo)
    config = Config(folder / "alembic" / "alembic.ini")
    before = seen(shop)
    command.upgrade(config, "head")
    after = seen(shop)
    command.downgrade(config, "base")
    back = seen(shop)
    command.upgrade(config, "head")
    assert back.fingerprint == before.fingerprint
    assert seen(shop).fingerprint == after.fingerprint
    assert len(after.without(before)) == 5
    comment = shop.query("SELECT obj_description('public.users'::regclass) AS text")[0]["text"]
    assert comment == 'a:b %s 100% \'x\'; """ \\ :name::int ${x}'


def test_alembic_steps_one_by_one_in_both_directions(
    shop: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import command
    from alembic.config import Config

    monkeypatch.setenv("DATABASE_URL", shop.conninfo)
    config = Config(folder / "alembic" / "alembic.ini")
    command.upgrade(config, "head")
    after = seen(shop).fingerprint
    for steps in range(1, 7):
        command.downgrade(config, f"-{steps}")
        command.upgrade(config, "head")
        assert seen(shop).fingerprint == after


def test_alembic_can_write_it_all_as_sql(
    shop: Database, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import postgast
    from alembic import command
    from alembic.config import Config

    monkeypatch.delenv("DATABASE_URL", raising=False)
    command.upgrade(Config(folder / "alembic" / "alembic.ini"), "head", sql=True)
    before = seen(shop)
    for statement in postgast.split(capsys.readouterr().out):
        shop.script(statement)
    assert len(seen(shop).without(before)) == 5


def test_a_failed_index_is_dropped_and_built_when_it_is_run_again(
    shop: Database, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy.exc import IntegrityError

    monkeypatch.setenv("DATABASE_URL", shop.conninfo)
    unique = change("One", "CREATE UNIQUE INDEX CONCURRENTLY one ON public.users (email)", "DROP INDEX public.one")
    for path, text in draft.files([unique]).items():
        file = tmp_path / "again" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    config = Config(tmp_path / "again/migrations/alembic/alembic.ini")
    shop.script("INSERT INTO public.users VALUES (1, 'a'), (2, 'a')")
    with pytest.raises(IntegrityError):
        command.upgrade(config, "head")
    invalid = shop.query("SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'public.one'::regclass")
    shop.script("DELETE FROM public.users WHERE id = 2")
    command.upgrade(config, "head")
    valid = shop.query("SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'public.one'::regclass")
    assert (invalid, valid) == ([{"valid": False}], [{"valid": True}])


def test_flyway_scripts_run_as_flyway_runs_them(shop: Database, folder: Path) -> None:
    before = seen(shop).fingerprint
    run_flyway(shop, folder / "flyway", "V")
    after = seen(shop).fingerprint
    run_flyway(shop, folder / "flyway", "U")
    back = seen(shop).fingerprint
    run_flyway(shop, folder / "flyway", "V")
    assert back == before != after == seen(shop).fingerprint


def run_flyway(database: Database, folder: Path, prefix: str) -> None:
    """Each script in one transaction, unless its .conf says that it is not to be in one."""
    scripts = sorted(folder.glob(f"{prefix}*.sql"), key=lambda p: int(re.findall(r"\d+", p.name)[0]))
    for script in scripts if prefix == "V" else reversed(scripts):
        conf = script.with_name(script.name + ".conf")
        text = script.read_text()
        if conf.exists() and "executeInTransaction=false" in conf.read_text():
            database.script(text)
        else:
            with database.connection.transaction():
                database.script(text)


def test_what_is_no_migration_goes_to_files_of_its_own(folder: Path) -> None:
    migrations = "".join(p.read_text() for p in folder.glob("*way/*")) + "".join(
        p.read_text() for p in folder.glob("alembic/versions/*")
    )
    assert "ALTER SYSTEM" not in migrations
    assert "ALTER ROLE" not in migrations
    assert "ALTER SYSTEM SET log_lock_waits = on;" in (folder / "settings.sql").read_text()
    assert "ALTER ROLE app SUPERUSER;" in (folder / "access_undo.sql").read_text()
    readme = (folder / "README.md").read_text()
    assert "transactional.lock=false" in readme
    assert "`settings.sql` (1 changes) is no migration" in readme


def test_a_constraint_is_validated_in_a_transaction_of_its_own() -> None:
    units = draft.units_of(CHANGES[1:2])
    assert ["VALIDATE" in u.up[0] for u in units] == [False, True]
    assert [len(u.up) for u in units] == [1, 1]
    assert [u.undone_with for u in units] == [None, 1]


def test_two_tables_are_never_locked_in_one_transaction() -> None:
    both = change("Both", "ALTER TABLE a ADD x int; ALTER TABLE b ADD y int; ALTER TABLE b ADD z int", "SELECT 1")
    assert [len(u.up) for u in draft.units_of([both])] == [1, 2]


def test_revisions_are_chained_and_the_same_every_time() -> None:
    files = draft.files(CHANGES)
    versions = [text for path, text in sorted(files.items()) if "/versions/" in path]
    revisions = [re.findall(r"^revision = (.+)$", v, re.M)[0] for v in versions]
    parents = [re.findall(r"^down_revision = (.+)$", v, re.M)[0] for v in versions]
    assert parents == ["None", *revisions[:-1]]
    assert draft.files(CHANGES) == files
