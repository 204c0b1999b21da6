"""A range of the column beside a condition on its day."""

from __future__ import annotations

from typing import Any

from dbengineer.tools.queries import sql
from dbengineer.tools.queries.rules import _tree
from dbengineer.tools.queries.rules._tree import Found, Select, Tree
from dbengineer.tools.schema.catalog import Schema

why = (
    "An index on the column cannot find what a function makes of it; it can find a range. The old condition stays: "
    "where clocks go back over midnight a day is not one range, so with a time zone a day more is read on each side."
)
kept = True
FROM, UNTIL = {"=", ">=", ">"}, {"=", "<=", "<"}
FLIPPED = {"=": "=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
SLACK = {"timestamp without time zone": 0, "timestamp with time zone": 1}


def rewrite(text: str, schema: Schema) -> str | None:
    """date(c) = x becomes c >= x AND c <= x + 1 AND date(c) = x; also for c::date and the other comparisons."""
    tree = Tree(text, schema)
    found = [
        (node, condition)
        for select in tree.selects
        for node in select.conditions
        if (condition := _range(select, node)) is not None
    ]
    for node, condition in found:
        _tree.put(node, condition)
    return tree.text if found else None


def _range(select: Select, node: Any) -> str | None:
    operator, sides = _tree.operator(node), (node.a_expr.lexpr, node.a_expr.rexpr)
    for (day, other), named in ((sides, operator), (sides[::-1], FLIPPED.get(operator, ""))):
        column = select.column(_of_day(day)) if _of_day(day) is not None else None
        start = _date(other)
        if column is not None and column.column.type in SLACK and start and named in FROM | UNTIL:
            return f"{_bounds(column, start, named)} AND {sql.expression(node)}"
    return None


def _bounds(column: Found, start: str, operator: str) -> str:
    slack = SLACK[column.column.type]
    lower = f"{column.text} >= {start}" + (f" - {slack}" if slack else "")
    upper = f"{column.text} <= {start} + {1 + slack}"
    return " AND ".join([lower] * (operator in FROM) + [upper] * (operator in UNTIL))


def _of_day(node: Any) -> Any:
    """What the day is taken of, in date(c) and c::date."""
    if _tree.cast_to(node) == "date":
        return node.type_cast.arg
    call = node.func_call if node.WhichOneof("node") == "func_call" else None
    named = call is not None and [name.string.sval for name in call.funcname][-1:] == ["date"]
    return call.args[0] if named and call is not None and len(call.args) == 1 else None


def _date(node: Any) -> str:
    """The SQL of a day that is the same for all rows; empty for what may be none."""
    if node.WhichOneof("node") == "param_ref":
        return f"{sql.expression(node)}::date"
    today = node.WhichOneof("node") == "sqlvalue_function" and node.sqlvalue_function.op == 1
    return sql.expression(node) if today or (_tree.cast_to(node) == "date" and _tree.fixed(node)) else ""
