"""Readings: questions to the target whose answers are evidence, each asked once a run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg

from dbengineer.tools import checking
from dbengineer.tools.facts import Coverage, Evidence
from dbengineer.tools.workbench import Workbench


class Readings:
    """Asks the target for one tool; what the server refuses becomes a coverage with its reason."""

    def __init__(self, bench: Workbench, tool: str) -> None:
        self.bench = bench
        self.tool = tool
        self.ids: dict[str, str] = {}
        self.coverage: list[Coverage] = []

    def rows(self, what: str, sql: str, params: Sequence[object] = ()) -> list[dict[str, Any]]:
        """The rows of a question, or none where the server refuses; `what` names it in coverage and citations."""
        known = next((e for e in self.bench.ledger if e.ran == sql and e.saw.get("reading") == what), None)
        evidence = known or self._ask(what, sql, params)
        if evidence is None:
            return []
        self.ids[what] = evidence.id
        rows: list[dict[str, Any]] = evidence.saw["rows"]
        return rows

    def row(self, what: str, sql: str, params: Sequence[object] = ()) -> dict[str, Any]:
        """The only row of a question, or an empty one where the server refuses."""
        rows = self.rows(what, sql, params)
        return rows[0] if rows else {}

    def age(self, what: str) -> float:
        """The seconds since something was read."""
        return (datetime.now(UTC) - self.bench.ledger[self.ids[what]].at).total_seconds()

    def partly(self, what: str, examined: int, total: int, because: str) -> None:
        """Notes that only a part of something could be read; a whole is not worth a note."""
        if examined < total:
            self.coverage.append(Coverage(what=what, examined=examined, total=total, because=because))

    def evidence(self) -> tuple[str, ...]:
        """The ids of all evidence that was read or recalled."""
        return tuple(dict.fromkeys(self.ids.values()))

    def _ask(self, what: str, sql: str, params: Sequence[object]) -> Evidence | None:
        started = time.perf_counter()
        try:
            rows = self.bench.target.query(sql, params)
        except psycopg.Error as error:
            self.coverage.append(Coverage(what=what, examined=0, total=1, because=checking.reason(error)))
            return None
        took_ms = (time.perf_counter() - started) * 1000
        saw = {"reading": what, "rows": [{k: plain(v) for k, v in row.items()} for row in rows]}
        return self.bench.ledger.record(self.tool, "target", sql, saw, took_ms)


def plain(value: Any) -> Any:
    """A database value as JSON keeps it, so that a ledger read back gives the same."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
