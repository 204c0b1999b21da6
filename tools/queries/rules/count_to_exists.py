"""EXISTS instead of counting rows to see whether there are any."""

from __future__ import annotations

from typing import Any

from dbengineer.tools.queries.rules import _tree
from dbengineer.tools.queries.rules._tree import Tree
from dbengineer.tools.schema.catalog import Schema

why = "Counting reads all rows; EXISTS stops at the first."
kept = True
SOME = {(">", 0), (">=", 1), ("<>", 0)}
NONE = {("=", 0), ("<", 1), ("<=", 0)}


def rewrite(text: str, schema: Schema) -> str | None:
    """(SELECT count(*) FROM …) > 0 becomes EXISTS (SELECT 1 FROM …); only where the 0 stands in the text."""
    tree = Tree(text, schema)
    changed = False
    for node in [n for select in tree.selects for n in _tree.nodes(select.message, "a_expr")]:
        asked = (_tree.operator(node), _number(node.a_expr.rexpr))
        if asked in SOME | NONE and (inner := _counted(node.a_expr.lexpr)):
            _tree.put(node, f"{'' if asked in SOME else 'NOT '}EXISTS ({inner})")
            changed = True
    return tree.text if changed else None


def _number(node: Any) -> int | None:
    constant = node.WhichOneof("node") == "a_const" and node.a_const.WhichOneof("val") == "ival"
    return int(node.a_const.ival.ival) if constant else None


def _counted(node: Any) -> str:
    """SELECT 1 for a subquery that is only count(*); empty for all else."""
    if node.WhichOneof("node") != "sub_link" or node.sub_link.sub_link_type != _tree.SCALAR:
        return ""
    inner = _tree.copied(node.sub_link.subselect.select_stmt)
    if not _tree.only(inner) or len(inner.target_list) != 1:
        return ""
    value = inner.target_list[0].res_target.val
    if (
        value.WhichOneof("node") != "func_call"
        or not value.func_call.agg_star
        or value.func_call.HasField("agg_filter")
    ):
        return ""
    _tree.put(value, "1")
    return _tree.statement(inner)
