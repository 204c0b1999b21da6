"""The value cast to the type of the column, instead of the column to the type of the value."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

    from dbengineer.tools.queries.rewrites import Known

why = (
    "Compared with a value of another type the column itself is converted, row by row, and its index cannot be used; "
    "the application should send the column's own type."
)
kept = False
INTEGERS = {"smallint", "integer", "bigint"}


def apply(tree: exp.Expression, known: Known) -> exp.Expression | None:
    """c = x::numeric of an integer column, and c::text = x of any."""
    from sqlglot import exp

    changed = False
    for equal in list(tree.find_all(exp.EQ)):
        select = equal.find_ancestor(exp.Select, exp.Update, exp.Delete)
        for column, value in ((equal.this, equal.expression), (equal.expression, equal.this)):
            bare = column.this if isinstance(column, exp.Cast) else column
            kind = known.column(bare, select) if isinstance(select, exp.Select) else None
            if kind is not None and (_wider(kind.type, value) or _as_text(kind.type, column, value)):
                inner = value.this if isinstance(value, exp.Cast) else value
                column.replace(bare.copy()) if column is not bare else None
                value.replace(exp.cast(inner.copy(), kind.type, dialect="postgres"))
                changed = True
                break
    return tree if changed else None


def _wider(kind: str, value: exp.Expression) -> bool:
    """Whether an integer column is compared with a value cast to a type that is wider than any integer."""
    from sqlglot import exp

    wide = (exp.DataType.Type.DECIMAL, exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT)
    return kind in INTEGERS and isinstance(value, exp.Cast) and value.to.this in wide and not value.find(exp.Column)


def _as_text(kind: str, column: exp.Expression, value: exp.Expression) -> bool:
    from sqlglot import exp

    as_text = isinstance(column, exp.Cast) and column.to.this in (exp.DataType.Type.TEXT, exp.DataType.Type.VARCHAR)
    return as_text and kind not in ("text", "json", "jsonb", "xml") and not value.find(exp.Column)
