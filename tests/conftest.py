"""Real parts for the tests: one scratch server a session, one empty database a test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server

_numbers = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A scratch server that all tests share; make databases in it, never change its settings."""
    with Server.start() as server:
        yield server


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """An empty database of the shared server."""
    name = f"test{next(_numbers)}"
    database = server.create(name)
    yield database
    database.close()
    server.drop(name)
