"""The size model against real indexes: each is built on the rows, measured, and taken back."""

from __future__ import annotations

from collections.abc import Iterable

from dbengineer.tools.facts import Fact
from dbengineer.tools.indexes import size, statistics
from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.scratch.database import Database

PAGE = 8192


class Measured(Fact):
    """An index: its bytes as estimated and as built."""

    index: str
    estimated: int
    real: int

    @property
    def off(self) -> float:
        """How far the estimate is off: 0.05 is 5 % too large."""
        return self.estimated / self.real - 1


def measure(database: Database, indexes: Iterable[Candidate]) -> list[Measured]:
    """Builds each index in a transaction that is taken back."""
    known = statistics.read(database)
    found = []
    for index in indexes:
        with database.connection.transaction(force_rollback=True):
            database.script(index.create(concurrently=False))
            row = database.query("SELECT pg_relation_size(%s::regclass) AS bytes", (index.qualified,))[0]
        found.append(
            Measured(index=index.body, estimated=size.pages(index, known[index.table]) * PAGE, real=int(row["bytes"]))
        )
    return found
