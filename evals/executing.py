"""Doing what was recommended, on a copy of the benchmark database with all its rows, and taking it back."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import closing
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from dbengineer.agent.state import Report
from dbengineer.evals.demo import PLACEHOLDER, Demo, Statement, read_workload
from dbengineer.tools.facts import Fact, Recommendation
from dbengineer.tools.migrations import statements
from dbengineer.tools.queries.sql import fingerprint
from dbengineer.tools.schema.fingerprint import snapshot
from dbengineer.tools.scratch.database import Database

RUNS, NOTABLE_MS = 5, 0.2
"""Of how many runs the fastest counts, and from how many milliseconds on a gain can be told from noise."""
WIDE = ("setting", "access", "plan", "query")
"""Kinds that are not a change of one database: of the whole server, of its roles, or of the application."""


class Gain(Fact):
    """What one statement of the workload took before and after, in milliseconds."""

    statement: str
    before_ms: float
    after_ms: float


class Executed(Fact):
    """What was applied, what failed and why, what the ways back left behind, and what was gained."""

    applied: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    gains: tuple[Gain, ...] = ()


def execute(demo: Demo, report: Report, proven: Iterable[Recommendation]) -> Executed:
    """Applies the proven changes in their order to a copy, runs what they are for, and takes them back."""
    changes = [r for r in proven if r.sql and r.kind not in WIDE and r.undo]
    if not changes:
        return Executed()
    solved = {key for r in changes if r.kind == "index" for key in r.solves}
    copy = f"{demo.database}_executed"
    with closing(demo.server.create(copy, template=demo.database)) as admin:
        before = snapshot(admin)
        plain = _timed(demo, admin, solved)
        applied, failed = _applied(admin, [(r.id, r.sql) for r in changes])
        admin.script("ANALYZE")
        faster = _timed(demo, admin, solved)
        back = [(r.id, r.undo) for r in reversed(changes) if r.id in applied]
        failed += _applied(admin, back)[1]
        after = snapshot(admin)
    demo.server.drop(copy)
    gains = [Gain(statement=n, before_ms=plain[n], after_ms=faster[n]) for n in plain if n in faster]
    left = (*before.without(after), *after.without(before))
    return Executed(applied=tuple(applied), failed=tuple(failed), left=left, gains=tuple(gains))


def _applied(admin: Database, changes: Iterable[tuple[str, str]]) -> tuple[list[str], list[str]]:
    done, failed = [], []
    for name, sql in changes:
        try:
            for statement in statements.split(sql):
                admin.script(statement)
            done.append(name)
        except psycopg.Error as error:
            failed.append(f"{name}: {error.diag.message_primary}")
    return done, failed


def _timed(demo: Demo, admin: Database, solved: set[str]) -> dict[str, float]:
    """The fastest of some runs of each statement that a change is for, as the application."""
    conninfo = make_conninfo(admin.conninfo, options=f"-c role={demo.database}_app -c pg_stat_statements.track=none")
    with closing(Database(admin.name, conninfo)) as app:
        wanted = [s for s in _workload(demo) if f"statement:{fingerprint(s.sql)}" in solved]
        return {s.name: min(_run(app, s, _given(admin, s)) for _ in range(RUNS)) for s in wanted if _reads(s)}


def _workload(demo: Demo) -> list[Statement]:
    return [block for block in read_workload(demo.text("workload.sql")) if isinstance(block, Statement)]


def _reads(statement: Statement) -> bool:
    return statement.sql.lstrip().upper().startswith("SELECT")


def _given(admin: Database, statement: Statement) -> list[str] | None:
    if not statement.given:
        return None
    rows = admin.query(f"SELECT json_build_array({statement.given}) AS given FROM (SELECT 1 AS n) calls")
    order = [int(number) - 1 for number in PLACEHOLDER.findall(statement.sql)]
    values: list[Any] = rows[0]["given"]
    return [str(values[place]) for place in order]


def _run(app: Database, statement: Statement, values: list[str] | None) -> float:
    sql = PLACEHOLDER.sub("%s", statement.sql.replace("%", "%%")) if values else statement.sql
    began = time.perf_counter()
    app.connection.execute(sql, values).fetchall()
    return (time.perf_counter() - began) * 1000
