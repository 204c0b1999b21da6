"""Debian's PostgreSQL 15, where a version matters, and a workbench with copies made by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dbengineer.tools.facts import Coverage
from dbengineer.tools.scratch.copies import Copy
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Rows, Workbench

OLD_BINARIES = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="session")
def old_server() -> Iterator[Server]:
    """A PostgreSQL 15 that all tests share."""
    if not OLD_BINARIES.exists():
        pytest.skip("PostgreSQL 15 is not installed here")
    with Server.start(pg_bin=OLD_BINARIES) as server:
        yield server


@pytest.fixture
def old_database(old_server: Server) -> Iterator[Database]:
    """An empty database of PostgreSQL 15."""
    database = old_server.create("old")
    yield database
    database.close()
    old_server.drop("old")


_numbers = itertools.count()

SCHEMA = """
CREATE TABLE public.users (id int PRIMARY KEY, email text);
CREATE TABLE public.log (at timestamptz, what text);
"""
ROWS = """
INSERT INTO public.users SELECT i, 'a' || i % 10 FROM generate_series(1, 100) i;
INSERT INTO public.users VALUES (1000, NULL);
ANALYZE;
"""

MakeBench = Callable[[Rows], Workbench]


@pytest.fixture
def make_bench(server: Server, tmp_path: Path) -> Iterator[MakeBench]:
    """Makes a workbench on the shared server: a target with rows, a rehearsal copy without, a restored copy with."""
    number = next(_numbers)
    names = [f"{kind}{number}" for kind in ("shop", "rehearsal", "restored")]
    databases = [server.create(name) for name in names]
    for database in databases:
        database.script(SCHEMA)
    for database in (databases[0], databases[2]):
        database.script(ROWS)
    target = Target.open(server.conninfo(names[0]), trust_role=True)

    def make(rows: Rows) -> Workbench:
        bench = Workbench(target, tmp_path, rows=rows)
        bench.__dict__.update(scratch=server, rehearsal=_copy(databases[1]), restored=_copy(databases[2]))
        return bench

    yield make
    target.close()
    for name, database in zip(names, databases, strict=True):
        database.close()
        server.drop(name)


def _copy(database: Database) -> Copy:
    return Copy(database, (), Coverage(what="objects", examined=1, total=1), 0)
