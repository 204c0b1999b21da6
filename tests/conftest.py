"""Real parts for the tests: one scratch server a session, one empty database a test."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server

_numbers = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A scratch server that all tests share; make databases in it, never change its settings.

    DBENGINEER_TEST_PG_BIN names the programs of another PostgreSQL to test with.
    """
    other = os.environ.get("DBENGINEER_TEST_PG_BIN")
    with Server.start(pg_bin=Path(other) if other else None) as server:
        yield server


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """An empty database of the shared server; roles that a test names role_… are dropped with it."""
    name = f"test{next(_numbers)}"
    database = server.create(name)
    yield database
    database.close()
    server.drop(name)
    drop_roles(server)


def drop_roles(server: Server) -> None:
    """Drops the roles that a test has made, since roles belong to the whole server."""
    admin = server.database()
    roles = admin.query(
        "SELECT string_agg(quote_ident(rolname), ', ') AS names FROM pg_roles WHERE rolname LIKE 'role\\_%'"
    )
    if roles[0]["names"]:
        admin.script(f"DROP ROLE {roles[0]['names']}")
    admin.close()


def pytest_configure() -> None:
    """Ctrl-C works in tests also where the shell that started them in the background has it ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
