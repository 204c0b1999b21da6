"""The value cast to the type of the column, instead of the column to the type of the value."""

from __future__ import annotations

from typing import Any

from dbengineer.tools.queries import sql
from dbengineer.tools.queries.rules import _tree
from dbengineer.tools.queries.rules._tree import Found, Select, Tree
from dbengineer.tools.schema.catalog import Schema

why = (
    "Compared with a value of another type the column itself is converted, row by row, and its index cannot be used; "
    "the application should send the column's own type. A value that is none of that type (2.5 for an integer) found "
    "nothing before and is rounded or refused after."
)
kept = False
WIDE = {"numeric", "float4", "float8"}
WRITTEN_ONE_WAY = _tree.INTEGERS | {"uuid"}


def rewrite(text: str, schema: Schema) -> str | None:
    """c = x::numeric of an integer column, and c::text = x of a column whose values are written in one way only."""
    tree = Tree(text, schema)
    found = [
        (node, written)
        for select in tree.selects
        for node in select.conditions
        if _tree.operator(node) == "=" and (written := _equal(select, node.a_expr))
    ]
    for node, written in found:
        _tree.put(node, written)
    return tree.text if found else None


def _equal(select: Select, equal: Any) -> str:
    for side, value in ((equal.lexpr, equal.rexpr), (equal.rexpr, equal.lexpr)):
        found = (_wider(select, side, value) or _as_text(select, side)) if _tree.fixed(value) else None
        if found:
            inner = value.type_cast.arg if value.WhichOneof("node") == "type_cast" else value
            return f"{found.text} = ({sql.expression(inner)})::{found.column.type}"
    return ""


def _wider(select: Select, side: Any, value: Any) -> Found | None:
    """An integer column that is compared with a value cast to a type that is wider than any integer."""
    found = select.column(side)
    return found if found and found.column.type in _tree.INTEGERS and _tree.cast_to(value) in WIDE else None


def _as_text(select: Select, side: Any) -> Found | None:
    """A column cast to text."""
    found = select.column(side.type_cast.arg) if _tree.cast_to(side) in ("text", "varchar") else None
    return found if found and found.column.type in WRITTEN_ONE_WAY else None
