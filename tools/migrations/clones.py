"""Clones of scratch databases: to change, and to throw away unless they were left as they were."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server


class Loan:
    """A clone while somebody has it; who left it as it was says so, and the next one gets it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.as_it_was = False


class Clones:
    """Lends clones of the databases of a scratch server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._spare: dict[str, Database] = {}
        self._lock = threading.Lock()

    @contextmanager
    def lend(self, source: Database) -> Iterator[Loan]:
        """A clone of a database; it is thrown away afterwards where it was not left as it was."""
        with self._lock:
            spare = self._spare.pop(source.name) if source.name in self._spare else None
        loan = Loan(spare or self._make(source))
        try:
            yield loan
        finally:
            with self._lock:
                kept = loan.as_it_was and source.name not in self._spare
                if kept:
                    self._spare[source.name] = loan.database
            if not kept:
                loan.database.close()
                self._server.drop(loan.database.name)

    def close(self) -> None:
        """Ends the sessions of the clones that are not lent."""
        for database in self._spare.values():
            database.close()

    def _make(self, source: Database) -> Database:
        with source.alone:
            # The default since version 15 writes every page to the WAL: three times as long as copying files.
            how = "STRATEGY file_copy" if source.version >= 150000 else ""
            name = next(n for n in _names(source.name) if not self._exists(n))
            source.close()  # a database with a session cannot be copied
            try:
                return self._server.create(name, template=source.name, options=how)
            finally:
                source.connection = self._server.database(source.name).connection

    def _exists(self, name: str) -> bool:
        admin = self._server.database()
        try:
            return bool(admin.query("SELECT FROM pg_database WHERE datname = %s", [name]))
        finally:
            admin.close()


def _names(source: str) -> Iterator[str]:
    return (f"{source}_{number}" for number in itertools.count(1))
