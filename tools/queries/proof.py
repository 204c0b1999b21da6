"""Whether two texts give the same rows, and which is faster: run on a copy that holds rows."""

from __future__ import annotations

from typing import Any

import psycopg

from dbengineer.tools.facts import Fact
from dbengineer.tools.queries import parameters, running, sql
from dbengineer.tools.queries.parameters import Undrawable
from dbengineer.tools.queries.rewrites import rewrites
from dbengineer.tools.queries.running import Endless, Timing, Unrunnable
from dbengineer.tools.queries.usage import Names
from dbengineer.tools.queries.workload import Statement
from dbengineer.tools.schema.catalog import Schema
from dbengineer.tools.scratch.database import Database

ROWS = "SELECT count(*) AS rows, sum(hashtextextended(t::text, 0)::numeric)::text AS digest FROM ({query}) t"
IN_ORDER = "SELECT count(*) AS rows, md5(string_agg(t::text, chr(10))) AS digest FROM ({query}) t"


class Pair(Fact):
    """Both texts with one set of values: whether their rows are the same, and their times where they are.

    Where the old text does not end in `waited_ms`, there is nothing to compare, and no time `before`.
    """

    same: bool
    rows: int
    before: Timing | None = None
    after: Timing | None = None
    waited_ms: float = 0

    @property
    def compared(self) -> bool:
        """Whether the rows of both were seen."""
        return not self.waited_ms

    @property
    def before_ms(self) -> float:
        """How long the old text took, or was waited for."""
        return self.before.ms if self.before else self.waited_ms


class OldRun(Fact):
    """Values for a statement, and how long it takes with them; no timing where it does not end in `waited_ms`."""

    values: dict[int, str]
    timing: Timing | None = None
    waited_ms: float = 0


def old_runs(database: Database, statement: Statement, names: Names, sets: int = 3) -> list[OldRun]:
    """A statement run with several sets of values; raises Undrawable where it ends with none of them."""
    values = parameters.drawn(database, statement, names, sets=sets)
    distinct = {sql.filled(statement.text, v): v for v in values}
    patience = running.patience_ms(statement.max_ms)
    runs, failed = [], ""
    for text, chosen in distinct.items():
        try:
            timing = running.as_it_is(database, text, timeout_ms=patience)
            runs.append(OldRun(values=chosen, timing=timing))
        except Endless as error:
            failed = str(error)
            runs.append(OldRun(values=chosen, waited_ms=patience))
        except Unrunnable as error:
            failed = str(error)
    if not any(run.timing for run in runs):
        raise Undrawable(f"the old text did not end: {failed}")
    return runs


def pair(database: Database, old: str, new: str, run: OldRun, schema: Schema) -> Pair:
    """Compares the rows of both texts and times the new one; raises Unrunnable."""
    text = sql.filled(new, run.values)
    if not run.timing:
        return Pair(same=True, rows=0, after=running.timed(database, text), waited_ms=run.waited_ms)
    rows, same = _same(database, sql.filled(old, run.values), text)
    if not same and (texts := settled(old, new, schema)):
        _, same = _same(database, *(sql.filled(each, run.values) for each in texts))
    if not same:
        return Pair(same=False, rows=rows)
    return Pair(same=True, rows=rows, before=run.timing, after=running.timed(database, text))


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


def settled(old: str, new: str, schema: Schema) -> tuple[str, str] | None:
    """Both texts with the primary key as their last word on which row comes first, where DISTINCT ON leaves that open.

    None where the new text does not come of a rule, or the rows have no key.
    """
    rule = next((r.rule for r in rewrites(old, schema) if sql.runnable(r.text) == sql.runnable(new)), "")
    decided = _by_key(old, schema) if rule else ""
    again = next((r.text for r in rewrites(decided, schema) if r.rule == rule), "") if decided else ""
    return (decided, again) if again else None


def _by_key(text: str, schema: Schema) -> str:
    """A SELECT DISTINCT ON of one table with its primary key added to ORDER BY; nothing where there is none."""
    import postgast

    result = postgast.parse(sql.runnable(text))
    select = result.stmts[0].stmt.select_stmt
    tables = [item.range_var for item in select.from_clause if item.HasField("range_var")]
    if not select.distinct_clause or len(tables) != 1 or len(select.from_clause) != 1:
        return ""
    table = Names(schema).table(tables[0].schemaname, tables[0].relname)
    if table is None or not table.primary_key:
        return ""
    called = tables[0].alias.aliasname or tables[0].relname
    key = ", ".join(f"{sql.identifier(called)}.{sql.identifier(column)}" for column in table.primary_key)
    select.sort_clause.extend(postgast.parse(f"SELECT 1 ORDER BY {key}").stmts[0].stmt.select_stmt.sort_clause)
    return str(postgast.deparse(result))


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
        with running.limited(database, running.TIMEOUT_MS):
            asked = question.format(query=text.rstrip().rstrip(";"))
            row = database.connection.execute(asked.encode(), prepare=False).fetchall()[0]
    except psycopg.Error as error:
        raise Unrunnable(running.reason(error)) from None
    return int(row["rows"]), row["digest"]
