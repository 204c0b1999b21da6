"""A small market whose indexes are all needed for something, and whose statements are not all easy to try."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from dbengineer.tools.facts import Coverage
from dbengineer.tools.scratch.copies import Copy
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.scratch.shadow import make_shadow
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Rows, Workbench

MARKET = """
CREATE TABLE growers (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE crates (id int PRIMARY KEY, grower_id int NOT NULL REFERENCES growers, label text NOT NULL,
    weight int NOT NULL, picked_on date NOT NULL);
CREATE INDEX crates_grower_id ON crates (grower_id);
CREATE INDEX crates_picked_on ON crates (picked_on);
CREATE UNIQUE INDEX crates_label ON crates (label);
CREATE INDEX crates_weightless ON crates (weight) WHERE weight < 0;
"""
ROWS = """
INSERT INTO growers SELECT i, 'Grower ' || i FROM generate_series(1, 50) i;
INSERT INTO crates SELECT i, 1 + i % 50, 'crate ' || i, i % 2000, date '2025-01-01' + i % 300
FROM generate_series(1, 20000) i;
ANALYZE;
CREATE EXTENSION pg_stat_statements;
"""
FORGET = "SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0)"
ASKED = (
    "SELECT label FROM crates WHERE picked_on = '2025-03-03'",
    "SELECT label FROM crates WHERE weight = 7 AND ('all' = 'all' OR grower_id = 3)",
    "SELECT crate_id FROM basket WHERE crate_id = 7",
    "SELECT weight FROM crates WHERE label = U&'cr!0061te 7' UESCAPE '!'",
)
"""What of these cannot be tried: the second holds a choice that no row has a value for, the third asks a temporary
table, which no copy has, and of the last PostgreSQL's own statistics keep a text that no grammar reads."""


@pytest.fixture(scope="session")
def market_server() -> Iterator[Server]:
    """A server of its own: on one with many databases PostgreSQL forgets statements that were asked once."""
    with Server.start() as server:
        yield server


@pytest.fixture(scope="session")
def markets(market_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Rows, Workbench]]:
    """Workbenches on the market, without and with leave to copy rows; only what is restored is not shared."""
    server = market_server
    names = ("market", "market_rehearsal", "market_restored")
    databases = [server.create(name) for name in names]
    for database, script in zip(databases, (MARKET + ROWS, MARKET, MARKET + ROWS), strict=True):
        database.script(script)
    databases[0].script("CREATE ROLE market_visitor LOGIN")
    _asked(databases[0])
    benches: dict[Rows, Workbench] = {}
    rows: Rows
    for rows in ("none", "copy"):
        target = Target.open(server.conninfo("market"), trust_role=True)
        benches[rows] = Workbench(target, tmp_path_factory.mktemp(rows), rows=rows)
    shadow = make_shadow(benches["none"].target, server, "market_shadow")
    rehearsal = _copy(databases[1])
    for bench in benches.values():
        bench.__dict__.update(scratch=server, shadow=shadow, rehearsal=rehearsal, restored=_copy(databases[2]))
    yield benches
    for bench in benches.values():
        bench.clones.close()
        bench.target.close()
    databases[0].script("DROP ROLE market_visitor")
    for database in (*databases, shadow.database):
        database.close()
        server.drop(database.name)


@pytest.fixture
def market(markets: dict[Rows, Workbench]) -> Workbench:
    """The workbench on the market without leave to copy rows."""
    return markets["none"]


@pytest.fixture
def market_with_rows(markets: dict[Rows, Workbench]) -> Workbench:
    """The workbench on the market with leave to copy rows."""
    return markets["copy"]


@pytest.fixture
def market_seen_by_a_visitor(market: Workbench, market_server: Server, tmp_path: Path) -> Iterator[Workbench]:
    """The workbench of a role that may not read what others asked."""
    target = Target.open(make_conninfo(market_server.conninfo("market"), user="market_visitor"))
    bench = Workbench(target, tmp_path)
    bench.__dict__.update({name: getattr(market, name) for name in ("scratch", "shadow", "rehearsal", "clones")})
    yield bench
    target.close()


def _asked(database: Database) -> None:
    with psycopg.connect(database.conninfo, autocommit=True) as application:
        application.execute("CREATE TEMPORARY TABLE basket (crate_id int)")
        application.execute(FORGET)
        for statement in ASKED:
            application.execute(statement, prepare=False)


def _copy(database: Database) -> Copy:
    return Copy(database, (), Coverage(what="objects", examined=1, total=1), 0)
