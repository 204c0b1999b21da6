"""What a change of type costs, held against what a server does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dbengineer.tools.migrations.linting import applying, types
from dbengineer.tools.migrations.linting.trees import Type
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server

SETUP = "SET timezone = 'UTC'; CREATE DOMAIN plain AS int; CREATE DOMAIN small AS int CHECK (VALUE < 99);"
PAIRS = (
    *("varchar(20) > varchar(30)", "varchar(20) > varchar(10)", "varchar(20) > varchar", "varchar(20) > text"),
    *("text > varchar", "text > varchar(20)", "char(5) > char(9)", "char(5) > text", "varchar(9) > varchar(9)"),
    *("numeric(10, 2) > numeric(12, 2)", "numeric(10, 2) > numeric(12, 3)", "numeric(10, 2) > numeric"),
    *("numeric > numeric(10, 2)", "numeric(10) > numeric(12)", "numeric(10, 2) > numeric(9, 2)"),
    *("int > bigint", "int > int", "int > numeric", "int > text", "smallint > int", "int > oid"),
    *("timestamp(3) > timestamp(6)", "timestamp > timestamp(3)", "timestamp(3) > timestamp", "time(3) > time(6)"),
    *("timestamp > timestamptz", "timestamptz > timestamp", "timestamp(3) > timestamptz(6)", "date > timestamp"),
    *("interval(3) > interval(6)", "interval(6) > interval(3)"),
    *("cidr > inet", "inet > cidr", "varbit(8) > varbit(16)", "bit(8) > bit(16)", "bit(8) > varbit", "xml > text"),
    *("int > plain", "int > small", "plain > int", "small > int", "int[] > bigint[]", "varchar(9)[] > varchar(20)[]"),
)


@pytest.fixture(scope="module")
def typed(server: Server) -> Iterator[Database]:
    database = server.create("of_types")
    database.script(SETUP)
    database.script("SET timezone = 'UTC'")
    yield database
    database.close()
    server.drop("of_types")


@pytest.mark.parametrize("pair", PAIRS)
def test_it_is_what_the_server_does(pair: str, typed: Database) -> None:
    old, new = pair.split(" > ")
    typed.script(f"DROP TABLE IF EXISTS t; CREATE TABLE t (c {old}); INSERT INTO t VALUES (NULL)")
    before = typed.query("SELECT pg_relation_filenode('t') AS file")
    typed.script(f"ALTER TABLE t ALTER c TYPE {new} USING c::{new}")
    rewritten = before != typed.query("SELECT pg_relation_filenode('t') AS file")
    known = applying.build(f"{SETUP} CREATE TABLE t (c {old}, d {new})")
    columns = known.tables["t"].columns
    assert types.rewrites(known, _type(columns["c"].type), _type(columns["d"].type)) == rewritten


def _type(found: Type | None) -> Type:
    assert found is not None
    return found
