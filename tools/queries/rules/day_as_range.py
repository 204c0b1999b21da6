"""A day compared as a range of the column, instead of a function of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

    from dbengineer.tools.queries.rewrites import Known

why = "An index on the column cannot find what a function makes of it; it can find a range."
kept = True


def apply(tree: exp.Expression, known: Known) -> exp.Expression | None:
    """date(c) = x becomes c >= x AND c < x + 1, for a column that holds a time."""
    from sqlglot import exp

    changed = False
    for equal in list(tree.find_all(exp.EQ)):
        select = equal.find_ancestor(exp.Select)
        column, day = _sides(equal)
        kind = known.column(column, select) if column is not None and select is not None else None
        if column is None or day is None or kind is None or not kind.type.startswith("timestamp"):
            continue
        start = exp.cast(day.copy(), "date")
        after = exp.LT(this=column.copy(), expression=exp.Add(this=start.copy(), expression=exp.Literal.number(1)))
        equal.replace(exp.paren(exp.and_(exp.GTE(this=column.copy(), expression=start), after), copy=False))
        changed = True
    return tree if changed else None


def _sides(equal: exp.Expression) -> tuple[exp.Expression | None, exp.Expression | None]:
    for day, other in ((equal.this, equal.expression), (equal.expression, equal.this)):
        column = _of_day(day)
        if column is not None and not list(_columns(other)):
            return column, other
    return None, None


def _of_day(side: exp.Expression) -> exp.Expression | None:
    from sqlglot import exp

    day = isinstance(side, exp.Cast) and side.to.this == exp.DataType.Type.DATE
    if (day or isinstance(side, exp.Date | exp.TsOrDsToDate)) and isinstance(side.this, exp.Column):
        return side.this
    return None


def _columns(side: exp.Expression) -> list[exp.Expression]:
    from sqlglot import exp

    return list(side.find_all(exp.Column, exp.Subquery))
