"""Values for the parameters of a statement, drawn from the rows of a copy; they never leave it."""

from __future__ import annotations

import math
from typing import Any

import psycopg

from dbengineer.tools.queries import sql, usage
from dbengineer.tools.queries.usage import Draw, Names
from dbengineer.tools.queries.workload import Statement
from dbengineer.tools.scratch.database import Database

LOWER, UPPER = {">", ">="}, {"<", "<="}
ENDS = (0.98, 0.9, 0.5)
"""Where an open range begins or ends among the rows: what is recent is asked for most."""
BY_CAST = {
    "interval": "'7 days'",
    "int4": "1",
    "int8": "1",
    "numeric": "1",
    "text": "'a'",
    "date": "CURRENT_DATE",
    "timestamptz": "now()",
    "timestamp": "LOCALTIMESTAMP",
    "bool": "true",
}


class Undrawable(ValueError):
    """There are no values to run a statement with."""


def bound(database: Database, statement: Statement, names: Names, *, sets: int = 2) -> list[str]:
    """The statement with values in place of its parameters, several times with other values; raises Undrawable."""
    found = drawn(database, statement, names, sets=sets)
    return list(dict.fromkeys(sql.filled(statement.text, values) for values in found))


def drawn(database: Database, statement: Statement, names: Names, *, sets: int = 2) -> list[dict[int, str]]:
    """SQL literals for the parameters of a statement, several times from other rows; raises Undrawable.

    Values that meet in a statement come from one row, so that it finds something.
    """
    try:
        numbers = sql.parameters(statement.text)
        draws = usage.draws(statement.text, names)
    except sql.Unreadable as error:
        raise Undrawable(str(error)) from None
    if sql.kind(statement.text) not in ("select_stmt", "update_stmt", "delete_stmt"):
        raise Undrawable("it writes new rows, for which there are no values")
    if not numbers:
        return [{}]
    return [_values(database, statement, draws, numbers, names, number) for number in range(sets)]


def _values(
    database: Database, statement: Statement, draws: dict[int, Draw], numbers: list[int], names: Names, which: int
) -> dict[int, str]:
    values = dict(_paging(statement, which))
    for table in dict.fromkeys(draw.table for draw in draws.values()):
        own = [draw for draw in draws.values() if draw.table == table and draw.parameter not in values]
        values |= _row(database, table, own, names, statement.rows / statement.calls, which)
    values |= {n: v for n, v in _cast(statement).items() if n not in values}
    missing = [n for n in numbers if n not in values]
    if missing:
        raise Undrawable(f"${missing[0]} is compared with nothing that values could be drawn from")
    return values


def _row(database: Database, table: str, draws: list[Draw], names: Names, about: float, which: int) -> dict[int, str]:
    """Values of two rows far from each other; the second serves the other end of a range.

    `about` is how many rows the statement finds on average: what it contains or looks for is as rare as that.
    """
    if not draws:
        return {}
    expressions = ", ".join(
        f"({_wanted(draw, draws, names, about, which)})::text AS p{draw.parameter}" for draw in draws
    )
    known = " AND ".join(dict.fromkeys(f"({d.expression}) IS NOT NULL" for d in draws if d.operator != "set")) or "true"
    needed = ", ".join(f"{d.expression} AS e{d.parameter}" for d in draws)
    first, second = ((which * 2 + step) * 0.17 % 0.95 for step in (1, 3))
    matching = f"FROM {table} WHERE {known}"
    at = "OFFSET (SELECT ((greatest(n, 1) - 1) * {})::int8 FROM total) LIMIT 1"
    question = f"""
        WITH matching AS NOT MATERIALIZED (SELECT {needed} {matching}),
             total AS MATERIALIZED (SELECT count(*) AS n {matching}),
             a AS (SELECT {needed} {matching} {at.format(first)}),
             b AS (SELECT {needed} {matching} {at.format(second)})
        SELECT {expressions} FROM a, b"""
    row = _asked(database, question)
    if isinstance(row, str):
        raise Undrawable(row or f"no row of {table} has values for it")
    return {draw.parameter: _literal(row[f"p{draw.parameter}"]) for draw in draws}


def _asked(database: Database, question: str) -> dict[str, Any] | str:
    """The one row of a question, or what was wrong; a copy whose rows stay is asked once."""
    key = ("values", question)
    if key not in database.memory:
        try:
            rows = database.query(question)
            database.memory[key] = rows[0] if rows else ""
        except psycopg.Error as error:
            database.memory[key] = error.diag.message_primary or "values could not be drawn"
    found: dict[str, Any] | str = database.memory[key]
    return found


def _wanted(draw: Draw, draws: list[Draw], names: Names, about: float, which: int) -> str:
    a, b = f"a.e{draw.parameter}", f"b.e{draw.parameter}"
    ends = {d.operator for d in draws if d.expression == draw.expression}
    if ends & LOWER and ends & UPPER:
        return f"least({a}, {b})" if draw.operator in LOWER else f"greatest({a}, {b})"
    if draw.operator in LOWER | UPPER:
        share = ENDS[which % len(ENDS)]
        return f"(SELECT percentile_disc({share}) WITHIN GROUP (ORDER BY e{draw.parameter}) FROM matching)"
    table = names.qualified(draw.table)
    column = table.column(draw.expression.strip('"')) if table else None
    match draw.operator:
        case "like" | "ilike":
            return _pattern(draw, a, about, which)
        case "any":
            return f"ARRAY[{a}]"
        case "@>" if column and column.type == "jsonb":
            document = f"e{draw.parameter}"
            filled = f"matching WHERE {document} NOT IN ('{{}}', '[]')"
            return f"({_nearest(document, filled, about, which)})"
        case "@>":
            return f"{a}[1:1]"
    return a


def _pattern(draw: Draw, row: str, about: float, which: int) -> str:
    """A word that about as many rows have as the statement finds; a piece of one row where there are no words."""
    words = (
        f"(SELECT DISTINCT s.n, w.word FROM (SELECT row_number() OVER () AS n, e{draw.parameter}::text AS e "
        "FROM matching LIMIT 50000) s, "
        f"regexp_split_to_table(s.e, '[^[:alnum:]]+') AS w(word) WHERE length(w.word) > 3) words"
    )
    piece = f"substr({row}::text, greatest(length({row}::text) / 2 - 2, 1), 6)"
    return f"'%' || coalesce(({_nearest('word', words, about, which)}), {piece}) || '%'"


def _nearest(value: str, source: str, about: float, which: int) -> str:
    """The value that occurs about as often as a statement finds rows."""
    order = f"abs(ln(count(*)::float8 / {max(about, 1.0)})), {value}::text"
    return f"SELECT {value} FROM {source} GROUP BY {value} ORDER BY {order} LIMIT 1 OFFSET {which}"


def _literal(value: Any) -> str:
    return "NULL" if value is None else psycopg.sql.Literal(str(value)).as_string()


def _paging(statement: Statement, which: int) -> dict[int, str]:
    """LIMIT is what the statement gave back on average; OFFSET is a page some way down."""
    message = sql.unwrapped(sql.parse(statement.text))
    values: dict[int, str] = {}
    if hasattr(message, "limit_count"):
        rows = math.ceil(statement.rows / statement.calls) if statement.rows else 20
        values |= dict.fromkeys(sql.parameters_of(message.limit_count), str(rows))
        values |= dict.fromkeys(sql.parameters_of(message.limit_offset), str(1000 * (which + 1)))
    return values


def _cast(statement: Statement) -> dict[int, str]:
    """What stands for a parameter of which only the type is known."""
    casts = sql.descendants(sql.parse(sql.runnable(statement.text)), "type_cast")
    known = ((c.arg.param_ref.number, c.type_name.names[-1].string.sval) for c in casts if c.arg.HasField("param_ref"))
    return {number: BY_CAST[name] for number, name in known if name in BY_CAST}
