"""NOT EXISTS instead of NOT IN with a subquery."""

from __future__ import annotations

from typing import Any

from dbengineer.tools.queries.rules import _tree
from dbengineer.tools.queries.rules._tree import Found, Select, Tree
from dbengineer.tools.schema.catalog import Schema

why = "NOT IN has to remember a possible NULL, so the planner cannot join; NOT EXISTS becomes an anti join."
kept = True


def rewrite(text: str, schema: Schema) -> str | None:
    """Only where neither side can be NULL, since the two differ there."""
    tree = Tree(text, schema)
    changed = False
    for outer in tree.selects:
        for node in outer.conditions:
            link = _link(node)
            left = outer.column(link.testexpr) if link is not None else None
            inner = tree.select(link.subselect.select_stmt) if link is not None else None
            right = _column(inner) if inner is not None else None
            if left and right and inner and _sure(left, outer) and _sure(right, inner) and _apart(left, inner):
                _tree.put(node, f"NOT EXISTS ({_joined(inner, f'{right.text} = {left.text}')})")
                changed = True
    return tree.text if changed else None


def may_be_null(text: str, schema: Schema) -> list[str]:
    """The columns that subqueries of NOT IN give back and that may hold a NULL, of which one empties the answer."""
    tree = Tree(text, schema)
    links = [link for outer in tree.selects for node in outer.conditions if (link := _link(node)) is not None]
    found = [_column(tree.select(link.subselect.select_stmt)) for link in links]
    return [f"{f.table.name}.{f.column.name}" for f in found if f and f.column.nullable]


def _link(node: Any) -> Any:
    """The `a IN (SELECT …)` of a NOT IN."""
    if node.WhichOneof("node") != "bool_expr" or node.bool_expr.boolop != _tree.NOT:
        return None
    inside = node.bool_expr.args[0]
    link = inside.sub_link if inside.WhichOneof("node") == "sub_link" else None
    return link if link is not None and link.sub_link_type == _tree.ANY and not link.oper_name else None


def _column(inner: Select) -> Found | None:
    """The column that a plain subquery gives back."""
    if not _tree.only(inner.message, "distinct_clause") or len(inner.message.target_list) != 1:
        return None
    return inner.column(inner.message.target_list[0].res_target.val)


def _sure(found: Found, select: Select) -> bool:
    """Whether a column can hold no NULL: neither stored nor made by an outer join."""
    return not found.column.nullable and not select.outer_joins


def _apart(left: Found, inner: Select) -> bool:
    """Whether the outer table keeps its name inside of the subquery."""
    return left.alias not in inner.tables


def _joined(inner: Select, condition: str) -> str:
    copy = _tree.copied(inner.message)
    del copy.distinct_clause[:]
    _tree.put(copy.target_list[0].res_target.val, "1")
    _tree.narrow(copy, *inner.conditions, condition)
    return _tree.statement(copy)
