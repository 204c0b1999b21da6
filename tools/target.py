"""The target: the user's database, read and never written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row


class Target:
    """A read-only session on the user's database; every statement runs in a transaction that is rolled back."""

    def __init__(self, connection: psycopg.Connection[dict[str, Any]]) -> None:
        self._connection = connection

    @classmethod
    def open(cls, url: str, *, trust_role: bool = False) -> Target:
        """Connects to the database of a libpq URL or key-value string."""
        connection = psycopg.connect(url, row_factory=dict_row, autocommit=True)
        return cls(connection)

    @property
    def database(self) -> str:
        """The name of the database."""
        return self._connection.info.dbname

    @property
    def version(self) -> int:
        """The server's version number, such as 180006."""
        return self._connection.info.server_version

    def query(self, sql: str, params: Sequence[object] = ()) -> list[dict[str, Any]]:
        """The rows of one statement as dictionaries."""
        with self._connection.transaction(force_rollback=True):
            self._connection.execute("SET TRANSACTION READ ONLY")
            self._connection.execute("SELECT 1")
            cursor = self._connection.execute(sql, params or None, prepare=True)
            return cursor.fetchall()

    def close(self) -> None:
        """Ends the session."""
        self._connection.close()
