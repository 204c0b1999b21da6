"""Checks: SQL files that find one kind of fault each, and state how much they could look at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol

import psycopg

from dbengineer.tools import folder
from dbengineer.tools.facts import Coverage, DeliverableId, Fact, Finding, Severity

FOLDER = Path(__file__).parent / "checks"
SECTION = re.compile(r"^-- postgres: *(\d+) *- *(\d*) *$", re.MULTILINE)
HEADER = re.compile(r"^-- (\w+): (.+)$")


class Reads(Protocol):
    """Anything that answers SQL: the target or a scratch database."""

    @property
    def version(self) -> int:
        """The server's version number, such as 180006."""

    def query(self, sql: str, params: Sequence[object] = (), /) -> list[dict[str, Any]]:
        """The rows of one statement."""


class Query(Fact):
    """The SQL of a check for a range of major versions, both ends included."""

    first: int = 0
    last: int = 999
    sql: str


class Check(Fact):
    """One kind of fault: how to find it, why it matters, what to do.

    Its SQL gives back the columns `object` and `detail`, and where a machine can know them `fix` and `undo` (SQL).
    """

    name: str
    title: str
    deliverable: DeliverableId
    severity: Severity
    examines: str
    why: str
    advice: str
    needs: Literal["", "rows"] = ""
    queries: tuple[Query, ...]

    def query_for(self, version: int) -> str | None:
        """The SQL for a server version such as 150020, or None where the check does not exist for it."""
        major = version // 10000
        return next((q.sql for q in self.queries if q.first <= major <= q.last), None)


class Outcome(Fact):
    """What one check found and how much it could look at."""

    check: str
    sql: str
    findings: tuple[Finding, ...] = ()
    coverage: Coverage


def parse(path: Path) -> Check:
    """Reads a check file; a header that is unknown or missing is refused by pydantic's ValidationError."""
    text = path.read_text(encoding="utf-8")
    headers: dict[str, Any] = {}
    lines = text.splitlines()
    while lines and (match := HEADER.match(lines[0])) and match[1] != "postgres":
        headers[match[1]] = match[2].strip()
        lines.pop(0)
    body = "\n".join(lines)
    parts = SECTION.split(body)
    if len(parts) == 1:
        queries = [Query(sql=body.strip())]
    else:
        queries = [
            Query(first=int(first), last=int(last or 999), sql=sql.strip())
            for first, last, sql in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)
        ]
    return Check(name=path.stem, queries=tuple(queries), **headers)


@cache
def all_checks() -> dict[str, Check]:
    """Every check by name, in file order."""
    return {name: parse(path) for name, path in folder.files(FOLDER, ".sql").items() if path.parent.name != "scopes"}


@cache
def scopes() -> dict[str, str]:
    """The SQL that counts what there is of a kind: examined, total, because."""
    return {path.stem.replace("_", " "): path.read_text() for path in sorted((FOLDER / "scopes").glob("*.sql"))}


def extent(reads: Reads, what: str) -> Coverage:
    """How many things of a kind this role can look at."""
    try:
        row = reads.query(scopes()[what])[0]
    except psycopg.Error as error:
        return Coverage(what=what, examined=0, total=0, because=reason(error))
    return Coverage(what=what, examined=row["examined"], total=row["total"], because=row["because"] or "")


def run(check: Check, reads: Reads, coverage: Coverage) -> Outcome:
    """Runs one check; what the server refuses becomes a coverage of nothing, with the reason."""
    sql = check.query_for(reads.version)
    nothing = Coverage(what=coverage.what, examined=0, total=coverage.total)
    if sql is None:
        because = f"this check does not apply to PostgreSQL {reads.version // 10000}"
        return Outcome(check=check.name, sql="", coverage=nothing.model_copy(update={"because": because}))
    try:
        rows = reads.query(sql)
    except psycopg.Error as error:
        because = coverage.because or reason(error)
        return Outcome(check=check.name, sql=sql, coverage=nothing.model_copy(update={"because": because}))
    return Outcome(check=check.name, sql=sql, coverage=coverage, findings=tuple(finding(check, row) for row in rows))


def finding(check: Check, row: dict[str, Any]) -> Finding:
    """The finding that a row of a check stands for."""
    return Finding(
        check=check.name,
        title=check.title,
        deliverable=check.deliverable,
        severity=check.severity,
        object=row["object"],
        detail=row["detail"],
        why=check.why,
        advice=check.advice,
        fix=row.get("fix") or "",
        undo=row.get("undo") or "",
    )


def reason(error: psycopg.Error) -> str:
    """Why the server refused, in its own first line and without any connection string."""
    return error.diag.message_primary or type(error).__name__
