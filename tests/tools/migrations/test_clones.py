"""Clones: lent again where they were left as they were, thrown away where they were not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dbengineer.tools.migrations.clones import Clones
from dbengineer.tools.migrations.rehearse import Rehearsing
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server


@pytest.fixture
def clones(server: Server) -> Iterator[Clones]:
    lender = Clones(server)
    yield lender
    lender.close()


def databases(server: Server) -> set[str]:
    admin = server.database()
    names = {row["datname"] for row in admin.query("SELECT datname FROM pg_database")}
    admin.close()
    return names


def test_a_clone_that_was_changed_is_gone_afterwards(clones: Clones, database: Database, server: Server) -> None:
    with clones.lend(database) as loan:
        loan.database.script("CREATE TABLE spoiled ()")
        name = loan.database.name
    assert name not in databases(server)
    with clones.lend(database) as loan:
        assert not loan.database.query("SELECT FROM pg_class WHERE relname = 'spoiled'")


def test_a_clone_that_was_left_as_it_was_is_lent_again(clones: Clones, database: Database) -> None:
    with clones.lend(database) as first:
        first.as_it_was = True
    with clones.lend(database) as again, clones.lend(database) as other:
        assert again.database is first.database
        assert other.database.name != first.database.name


def left(database: Database, up: str, down: str) -> bool:
    rehearsing = Rehearsing(database, up, down)
    try:
        if rehearsing.leg("up") and down and rehearsing.leg("down"):
            rehearsing.leg("again")
        return rehearsing.leave().as_it_was
    finally:
        rehearsing.close()


@pytest.mark.parametrize(
    ("up", "down", "as_it_was"),
    [
        ("ALTER TABLE t ADD COLUMN b int", "ALTER TABLE t DROP COLUMN b", True),
        ("CREATE INDEX CONCURRENTLY i ON t (a)", "DROP INDEX CONCURRENTLY i", True),
        ("ALTER TABLE t ADD COLUMN no int REFERENCES nowhere", "SELECT 1", True),
        ("ALTER TABLE t ADD COLUMN b int", "", False),
        ("ALTER TABLE t ALTER COLUMN a TYPE bigint", "ALTER TABLE t ALTER COLUMN a TYPE int", False),
        ("UPDATE t SET a = a", "UPDATE t SET a = a", False),
        ("ALTER TABLE t DROP COLUMN a", "ALTER TABLE t ADD COLUMN a int", False),
    ],
)
def test_a_copy_is_as_it_was_only_where_schema_and_rows_are(
    database: Database, up: str, down: str, as_it_was: bool
) -> None:
    database.script("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    assert left(database, up, down) is as_it_was


def test_roles_are_looked_at_anew_on_a_copy_that_was_left_as_it_was(database: Database) -> None:
    database.script("CREATE TABLE t (a int)")
    assert left(database, "ALTER TABLE t ADD COLUMN b int", "ALTER TABLE t DROP COLUMN b")
    database.script("CREATE ROLE newcomer")
    try:
        assert left(database, "ALTER TABLE t ADD COLUMN c int", "ALTER TABLE t DROP COLUMN c")
    finally:
        database.script("DROP ROLE newcomer")
