"""One database of the scratch server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

PARAMETERS = "SELECT cardinality(parameter_types) AS n FROM pg_prepared_statements WHERE name = 'asked'"
Diagnosis = Callable[[psycopg.Error], Exception | None]


class Database:
    """A connection to one scratch database, as its superuser and in autocommit mode.

    `diagnosis` may turn an error of psycopg into a better one, for the case that the server itself is at fault.
    """

    def __init__(self, name: str, conninfo: str, diagnosis: Diagnosis = lambda error: None) -> None:
        self.memory: dict[tuple[str, ...], Any] = {}
        """What was worked out from the rows of this copy and stays true as long as they do."""
        self.alone = threading.RLock()
        """Held by whoever works on this copy while others work beside: it cannot be cloned meanwhile."""
        self.name = name
        self.conninfo = conninfo
        self._diagnosis = diagnosis
        self.connection: psycopg.Connection[dict[str, Any]] = psycopg.connect(
            conninfo, autocommit=True, row_factory=dict_row
        )

    @property
    def version(self) -> int:
        """The server's version number, such as 180006."""
        return self.connection.info.server_version

    def query(self, statement: str, params: Sequence[object] = ()) -> list[dict[str, Any]]:
        """The rows of one statement as dictionaries."""
        with self._diagnosed():
            return self.connection.execute(statement, params or None).fetchall()

    def script(self, statements: str) -> None:
        """Runs a text of several statements, as one implicit transaction unless it says otherwise."""
        with self._diagnosed():
            self.connection.execute(statements)

    @contextmanager
    def _diagnosed(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            better = self._diagnosis(error)
            if better:
                raise better from error
            raise

    def explain(self, statement: str, *, analyze: bool = False, generic: bool = False) -> dict[str, Any]:
        """The plan of one statement as EXPLAIN (FORMAT JSON) gives it; `generic` allows $1 parameters.

        A generic plan is asked for as every version can be asked, so that the partitions it leaves out are the same.
        """
        options = "FORMAT JSON, ANALYZE, BUFFERS" if analyze else "FORMAT JSON"
        with self._diagnosed():
            if generic:
                return self._generic_plan(statement)
            return self._plan(f"EXPLAIN ({options}) {statement}")

    def _generic_plan(self, statement: str) -> dict[str, Any]:
        try:
            with self.connection.transaction(force_rollback=True):
                self.connection.execute(f"PREPARE asked AS {statement}")
                nulls = ", ".join(["NULL"] * int(self.query(PARAMETERS)[0]["n"]))
                self.connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
                return self._plan(f"EXPLAIN (FORMAT JSON) EXECUTE asked{nulls and f'({nulls})'}")
        finally:
            # What is prepared outlives its transaction.
            self.connection.execute("DEALLOCATE ALL")

    def _plan(self, question: str) -> dict[str, Any]:
        plan: dict[str, Any] = self.connection.execute(question, prepare=False).fetchall()[0]["QUERY PLAN"][0]
        return plan

    def close(self) -> None:
        """Ends the connection; the database stays."""
        self.connection.close()


def quoted(*names: str) -> str:
    """A qualified identifier, quoted where it has to be."""
    return sql.Identifier(*names).as_string()
