"""Whether two texts give the same rows, and which is faster: run on a copy that holds rows."""

from __future__ import annotations

from typing import Any

import psycopg

from dbengineer.tools.facts import Fact
from dbengineer.tools.queries import parameters, running, sql
from dbengineer.tools.queries.parameters import Undrawable
from dbengineer.tools.queries.running import Timing, Unrunnable
from dbengineer.tools.queries.usage import Names
from dbengineer.tools.queries.workload import Statement
from dbengineer.tools.scratch.database import Database

ROWS = "SELECT count(*) AS rows, sum(hashtextextended(t::text, 0)::numeric)::text AS digest FROM ({query}) t"
IN_ORDER = "SELECT count(*) AS rows, md5(string_agg(t::text, chr(10))) AS digest FROM ({query}) t"


class Pair(Fact):
    """Both texts with one set of values: whether their rows are the same, and their times where they are."""

    same: bool
    rows: int
    before: Timing | None = None
    after: Timing | None = None


def old_runs(
    database: Database, statement: Statement, names: Names, sets: int = 3
) -> list[tuple[dict[int, str], Timing]]:
    """Values for a statement and how long it takes with them; raises Undrawable where it ends with none of them."""
    values = parameters.drawn(database, statement, names, sets=sets)
    distinct = {sql.filled(statement.text, v): v for v in values}
    runs, failed = [], ""
    for text, chosen in distinct.items():
        try:
            patience = running.patience_ms(statement.max_ms)
            runs.append((chosen, running.as_it_is(database, text, timeout_ms=patience)))
        except Unrunnable as error:
            failed = str(error)
    if not runs:
        raise Undrawable(f"the old text did not end: {failed}")
    return runs


def pair(database: Database, old: str, new: str, values: dict[int, str], before: Timing) -> Pair:
    """Compares the rows of both texts and times the new one; raises Unrunnable."""
    rows, same = _same(database, sql.filled(old, values), sql.filled(new, values))
    if not same:
        return Pair(same=False, rows=rows)
    return Pair(same=True, rows=rows, before=before, after=running.timed(database, sql.filled(new, values)))


def _same(database: Database, old: str, new: str) -> tuple[int, bool]:
    """The rows of the old text, and whether the new one gives the same.

    Rows in an order have to come in that order. Where ORDER BY leaves it open which of equal rows come first, as LIMIT
    then leaves open which come at all, the texts are compared as sets without LIMIT; their ORDER BY has to be the same.
    """
    ordered = bool(_sort(old))
    first = [_digest(database, IN_ORDER if ordered else ROWS, text) for text in (old, new)]
    if first[0] == first[1] or not ordered:
        return first[0][0], first[0] == first[1]
    whole = [_digest(database, ROWS, without_limit(text)) for text in (old, new)]
    return first[0][0], whole[0] == whole[1] and _sort(old) == _sort(new) and first[0][0] == first[1][0]


def _sort(text: str) -> list[str]:
    """The keys of the outermost ORDER BY."""
    statement = sql.unwrapped(sql.parse(text))
    return [
        f"{sql.expression(key.sort_by.node)} {key.sort_by.sortby_dir} {key.sort_by.sortby_nulls}"
        for key in getattr(statement, "sort_clause", [])
    ]


def without_limit(text: str) -> str:
    """A SELECT without its outermost LIMIT and OFFSET."""
    import postgast

    result = postgast.parse(text)
    statement = result.stmts[0].stmt.select_stmt
    for part in ("limit_count", "limit_offset"):
        statement.ClearField(part)
    statement.limit_option = 1
    return str(postgast.deparse(result))


def _digest(database: Database, question: str, text: str) -> tuple[int, Any]:
    try:
        with database.connection.transaction(force_rollback=True):
            database.connection.execute(f"SET LOCAL statement_timeout = {running.TIMEOUT_MS}".encode())
            asked = question.format(query=text.rstrip().rstrip(";"))
            row = database.connection.execute(asked.encode(), prepare=False).fetchall()[0]
    except psycopg.Error as error:
        raise Unrunnable(running.reason(error)) from None
    return int(row["rows"]), row["digest"]
