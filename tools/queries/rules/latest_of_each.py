"""The latest of each group by one grouped subquery, instead of one that runs for every row."""

from __future__ import annotations

from typing import Any

from dbengineer.tools.queries.rules import _tree
from dbengineer.tools.queries.rules._tree import Found, Select, Tree
from dbengineer.tools.schema.catalog import Schema

why = "A correlated subquery runs again for every row; grouped, it runs once."
kept = True


def rewrite(text: str, schema: Schema) -> str | None:
    """c = (SELECT max(c) FROM t WHERE t.g = g) becomes (g, c) IN (SELECT g, max(c) FROM t GROUP BY g)."""
    tree = Tree(text, schema)
    found = [
        (node, written)
        for select in tree.selects
        for node in select.conditions
        if _tree.operator(node) == "=" and (written := _grouped(tree, select, node.a_expr))
    ]
    for node, written in found:
        _tree.put(node, written)
    return tree.text if found else None


def _grouped(tree: Tree, outer: Select, equal: Any) -> str:
    for side, other in ((equal.lexpr, equal.rexpr), (equal.rexpr, equal.lexpr)):
        scalar = other.WhichOneof("node") == "sub_link" and other.sub_link.sub_link_type == _tree.SCALAR
        column = outer.column(side) if scalar else None
        inner = tree.select(other.sub_link.subselect.select_stmt) if scalar else None
        link = _link(inner, outer) if inner and _extreme(inner) else None
        if column and inner and link:
            own, around, rest = link
            return f"({around.text}, {column.text}) IN ({_by_group(inner, own.text, rest)})"
    return ""


def _by_group(inner: Select, key: str, rest: list[Any]) -> str:
    message = _tree.copied(inner.message)
    message.target_list.add().CopyFrom(message.target_list[0])
    _tree.put(message.target_list[0].res_target.val, key)
    _tree.put(message.group_clause.add(), key)
    _tree.narrow(message, *rest)
    return _tree.statement(message)


def _extreme(inner: Select) -> bool:
    """Whether a subquery is only max or min of a column of its one table."""
    targets = inner.message.target_list
    if not _tree.only(inner.message) or len(targets) != 1 or len(inner.tables) != 1 or None in inner.tables.values():
        return False
    call = targets[0].res_target.val.func_call
    if len(call.args) != 1 or call.HasField("agg_filter"):
        return False
    return call.funcname[-1].string.sval in ("max", "min") and inner.column(call.args[0]) is not None


def _link(inner: Select, outer: Select) -> tuple[Found, Found, list[Any]] | None:
    """The inner and the outer column that have to be equal, and the other conditions, which are inner ones."""
    for part in inner.conditions:
        rest = [other for other in inner.conditions if other is not part]
        if _tree.operator(part) != "=" or set(inner.tables) & set(outer.tables):
            continue
        for own, around in ((part.a_expr.lexpr, part.a_expr.rexpr), (part.a_expr.rexpr, part.a_expr.lexpr)):
            mine, theirs = inner.column(own), None if inner.column(around) else outer.column(around)
            if mine and theirs and _tree.alike(mine, theirs) and all(_tree.alone(inner, other) for other in rest):
                return mine, theirs, rest
    return None
