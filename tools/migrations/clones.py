"""Clones of a scratch database: to break and throw away."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server


@contextmanager
def clone(server: Server, source: Database) -> Iterator[Database]:
    """A copy of a scratch database that is gone afterwards; the source's own session is opened anew."""
    name = next(n for n in _names(source.name) if not _exists(server, n))
    # The default since version 15 writes every page to the WAL, which takes three times as long as copying files.
    how = "STRATEGY file_copy" if source.version >= 150000 else ""
    source.close()  # a database with a session cannot be copied
    try:
        copy = server.create(name, template=source.name, options=how)
    finally:
        source.connection = server.database(source.name).connection
    try:
        yield copy
    finally:
        copy.close()
        server.drop(name)


def _names(source: str) -> Iterator[str]:
    return (f"{source}_{number}" for number in itertools.count(1))


def _exists(server: Server, name: str) -> bool:
    admin = server.database()
    try:
        return bool(admin.query("SELECT FROM pg_database WHERE datname = %s", [name]))
    finally:
        admin.close()
