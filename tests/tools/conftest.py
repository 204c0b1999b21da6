"""Debian's PostgreSQL 15, where a version matters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server

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
