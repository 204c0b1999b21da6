"""Indexes tried where rows are: statements run without them and with them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from dbengineer.tools.facts import Fact
from dbengineer.tools.indexes import ddl
from dbengineer.tools.plans.compare import Comparison, compare
from dbengineer.tools.plans.read import Plan
from dbengineer.tools.queries import parameters, running, sql
from dbengineer.tools.queries.parameters import Undrawable
from dbengineer.tools.queries.running import Timing, Unplannable, Unrunnable
from dbengineer.tools.queries.usage import Names
from dbengineer.tools.queries.workload import Statement
from dbengineer.tools.scratch.database import Database

INDEXES = """
SELECT i.indexrelid::int8 AS oid, i.indexrelid::regclass::text AS name, c.relispartition AS part
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
"""
SLOWER, NOTABLE_MS = 1.2, 1.0


class Run(Fact):
    """One statement with one set of values, without the indexes and with them."""

    fingerprint: str
    before: Timing
    after: Timing

    @property
    def comparison(self) -> Comparison:
        """What the indexes changed."""
        return compare(self.before.plan, self.after.plan)

    @property
    def slower(self) -> bool:
        """Whether it takes over 20 %, and over a millisecond, longer."""
        return self.after.ms > self.before.ms * SLOWER and self.after.ms - self.before.ms > NOTABLE_MS


class Trial(Fact):
    """What was run: the statements the indexes are for, others whose plan uses them, and what could not be run."""

    build_ms: float
    bytes: int
    solved: tuple[Run, ...]
    others: tuple[Run, ...]
    failed: dict[str, str]


def trial(
    database: Database, script: str, solves: Sequence[Statement], others: Sequence[Statement], names: Names
) -> Trial:
    """Runs statements before and after a script that makes indexes, then drops them.

    Raises psycopg.Error for a script that fails, Undrawable where none of the statements it is for could be run.
    """
    failed: dict[str, str] = {}
    texts = _bound(database, solves, names, failed, sets=2)
    before = {text: timing for text in texts if (timing := _as_it_is(database, text, texts[text], failed))}
    if not before:
        raise Undrawable(next(iter(failed.values()), "it serves no statement"))
    near = _bound(database, others, names, {}, sets=1)
    with made(database, script) as (build_ms, indexes):
        after = {text: timing for text in before if (timing := _timed(database, text, texts[text], failed))}
        touched = {text: s for text, s in near.items() if _uses(database, text, indexes)}
        slower = {text: timing for text, s in touched.items() if (timing := _timed(database, text, s, {}))}
        size = sum(indexes.values())
    quicker = {text: timing for text in slower if (timing := _as_it_is(database, text, touched[text], {}))}
    return Trial(
        build_ms=round(build_ms, 1),
        bytes=size,
        solved=tuple(Run(fingerprint=texts[t].fingerprint, before=before[t], after=after[t]) for t in after),
        others=tuple(Run(fingerprint=touched[t].fingerprint, before=quicker[t], after=slower[t]) for t in quicker),
        failed=failed,
    )


@contextmanager
def made(database: Database, script: str) -> Iterator[tuple[float, dict[str, int]]]:
    """Indexes while the context lasts: how long they took to make, and their bytes by name."""
    known = {row["oid"] for row in database.query(INDEXES)}
    started = time.perf_counter()
    try:
        for statement in sql.split(script):
            database.script(ddl.without_concurrently(statement))
        took = (time.perf_counter() - started) * 1000
        yield took, {row["name"]: _bytes(database, row["oid"]) for row in _new(database, known)}
    finally:
        for row in _new(database, known):
            if not row["part"]:
                database.script(f"DROP INDEX IF EXISTS {row['name']}")


def _new(database: Database, known: set[int]) -> list[dict[str, Any]]:
    return [row for row in database.query(INDEXES) if row["oid"] not in known]


def _bytes(database: Database, oid: int) -> int:
    return int(database.query("SELECT pg_relation_size(%s::oid) AS bytes", (oid,))[0]["bytes"])


def _bound(
    database: Database, statements: Sequence[Statement], names: Names, failed: dict[str, str], sets: int
) -> dict[str, Statement]:
    """Texts that can be run, each with its statement."""
    found: dict[str, Statement] = {}
    for statement in statements:
        try:
            found |= dict.fromkeys(parameters.bound(database, statement, names, sets=sets), statement)
        except Undrawable as error:
            failed[statement.fingerprint] = str(error)
    return found


def _as_it_is(database: Database, text: str, statement: Statement, failed: dict[str, str]) -> Timing | None:
    """How long a statement takes without any new index."""
    return _measured(running.as_it_is, database, text, statement, failed)


def _timed(database: Database, text: str, statement: Statement, failed: dict[str, str]) -> Timing | None:
    return _measured(running.timed, database, text, statement, failed)


def _measured(
    how: Callable[..., Timing], database: Database, text: str, statement: Statement, failed: dict[str, str]
) -> Timing | None:
    try:
        return how(database, text, timeout_ms=running.patience_ms(statement.max_ms))
    except Unrunnable as error:
        failed[statement.fingerprint] = str(error)
        return None


def _uses(database: Database, text: str, indexes: dict[str, int]) -> bool:
    try:
        plan: Plan = running.planned(database, text)
    except Unplannable:
        return False
    return bool(plan.indexes() & {name.rpartition(".")[2].strip('"') for name in indexes})
