"""Running statements in scratch: their plans, and their times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from dbengineer.tools.facts import Fact
from dbengineer.tools.plans import read
from dbengineer.tools.plans.read import Plan
from dbengineer.tools.queries import sql
from dbengineer.tools.scratch.database import Database

RUNS, ENOUGH_MS = 3, 400.0
TIMEOUT_MS, PATIENCE_MS = 15_000, 3_000
QUESTION = "EXPLAIN (GENERIC_PLAN, FORMAT JSON) "
GUESSES, MOST_TYPED = ("integer", "interval", "numeric", "text"), 20
"""The types that are tried for a parameter, the likeliest first, and for how many places of a statement."""


class Unplannable(ValueError):
    """The planner of the copy refuses a statement."""


class Unrunnable(ValueError):
    """A statement failed, or took longer than it may, when it was run on the copy."""


class Endless(Unrunnable):
    """A statement took longer than it may when it was run on the copy."""


class Timing(Fact):
    """A statement that was run several times: the median milliseconds, the 8 kB pages of the last run, its plan."""

    ms: float
    blocks: int
    runs: int
    plan: Plan


def planned(database: Database, text: str) -> Plan:
    """The plan of a statement whose parameters may be open; raises Unplannable with the server's words."""
    typed: dict[str, str] = database.memory.setdefault(("typed",), {})
    try:
        return _plan(database, typed.get(text, text))
    except (psycopg.errors.AmbiguousFunction, psycopg.errors.UndefinedFunction) as error:
        refusal: psycopg.Error = error
    except psycopg.Error as error:
        raise Unplannable(reason(error)) from None
    found = _typed(database, text, refusal)
    if found is None:
        raise Unplannable(reason(refusal))
    typed[text], plan = found
    return plan


def _plan(database: Database, text: str) -> Plan:
    # A prepared EXPLAIN would want values for the open parameters.
    rows = database.connection.execute(f"{QUESTION}{text}".encode(), prepare=False).fetchall()
    return read.plan(rows[0]["QUERY PLAN"][0])


def _typed(database: Database, text: str, refusal: psycopg.Error) -> tuple[str, Plan] | None:
    """The statement with types for the parameters that PostgreSQL cannot choose one for, and its plan.

    A string without a type would have been refused at the application too, so it has sent a number or a typed value.
    """
    for _ in range(MOST_TYPED):
        further: list[tuple[int, str, psycopg.Error]] = []
        for guess in GUESSES:
            tried = sql.typed(text, len(text[: max(_place(refusal), 0)].encode()), guess)
            if tried is None:
                return None
            try:
                return tried, _plan(database, tried)
            except psycopg.Error as error:
                further.append((_place(error) - (len(tried) - len(text)), tried, error))
        # The right type gets the furthest into the statement; then comes the next place.
        place, typed, refused = max(further, key=lambda f: f[0])
        if place <= _place(refusal):
            return None
        text, refusal = typed, refused
    return None


def _place(error: psycopg.Error) -> int:
    """Where in the explained statement the server found the mistake, in characters; below 0 where it does not say."""
    return int(error.diag.statement_position or 0) - 1 - len(QUESTION)


def timed(database: Database, text: str, *, timeout_ms: int = TIMEOUT_MS) -> Timing:
    """Runs a statement and takes it back, once to warm up and then up to three times; raises Unrunnable.

    What takes long is run less often: the median of many runs matters where a run is short.
    """
    plans = [run(database, text, timeout_ms=timeout_ms)]
    spent = plans[0].execution_ms or 0.0
    while len(plans) <= RUNS and (spent < ENOUGH_MS or (len(plans) == 1 and spent < timeout_ms / 4)):
        plans.append(run(database, text, timeout_ms=timeout_ms))
        spent += plans[-1].execution_ms or 0.0
    measured = sorted(plans[1:] or plans, key=lambda p: p.execution_ms or 0.0)
    middle = measured[len(measured) // 2]
    blocks = middle.root.blocks_hit + middle.root.blocks_read
    return Timing(ms=middle.execution_ms or 0.0, blocks=blocks, runs=len(measured), plan=middle)


def as_it_is(database: Database, text: str, *, timeout_ms: int = TIMEOUT_MS) -> Timing:
    """How long a statement takes on the copy as it was made, measured once; raises Unrunnable."""
    key = ("as it is", text)
    if key not in database.memory:
        try:
            database.memory[key] = timed(database, text, timeout_ms=timeout_ms)
        except Unrunnable as error:
            database.memory[key] = error
    found: Timing | Unrunnable = database.memory[key]
    if isinstance(found, Unrunnable):
        raise type(found)(str(found))
    return found


def patience_ms(longest_ms: float) -> int:
    """How long a statement may take on the copy that took at most so long on the target: four times that, in bounds."""
    return int(min(TIMEOUT_MS, max(PATIENCE_MS, 4 * longest_ms)))


def run(database: Database, text: str, *, timeout_ms: int = TIMEOUT_MS) -> Plan:
    """Runs a statement once, in a transaction that is rolled back; raises Unrunnable."""
    question = f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {text}"
    try:
        with limited(database, timeout_ms):
            rows = database.connection.execute(question.encode(), prepare=False).fetchall()
    except psycopg.errors.QueryCanceled:
        raise Endless(f"it does not end within {timeout_ms / 1000:.0f} s") from None
    except psycopg.Error as error:
        raise Unrunnable(reason(error)) from None
    return read.plan(rows[0]["QUERY PLAN"][0])


@contextmanager
def limited(database: Database, timeout_ms: int) -> Iterator[None]:
    """A transaction that is rolled back, each of whose statements may take so long (psycopg.errors.QueryCanceled)."""
    with database.connection.transaction(force_rollback=True):
        database.connection.execute(f"SET LOCAL statement_timeout = {timeout_ms}".encode())
        yield
        # A time-out that strikes as its statement ends cancels the next one: not the ROLLBACK, but this.
        database.connection.execute(b"SET LOCAL statement_timeout = 0")


def reason(error: psycopg.Error) -> str:
    """The first line of what the server says, which holds no value of a row but for broken input."""
    return error.diag.message_primary or type(error).__name__
