"""How many rows a SELECT gives, where its text shows it: VALUES, generate_series, tables that are known."""

from __future__ import annotations

from math import prod
from typing import Any

from dbengineer.tools.migrations.linting import trees
from dbengineer.tools.migrations.linting.known import Known


def rows(known: Known, select: Any) -> int | None:
    """At most this many rows; None where the text does not show it."""
    if select.values_lists:
        return len(select.values_lists)
    if select.HasField("with_clause") or select.HasField("larg"):
        return None
    sources = [_source(known, node) for node in select.from_clause]
    sources += [_series(call) for target in select.target_list for call in trees.find(target, "FuncCall")]
    if None in sources:
        return None
    most = prod(n for n in sources if n is not None)
    limit = select.limit_count.a_const.ival.ival if select.HasField("limit_count") else 0
    return min(most, limit) if limit else most


def _source(known: Known, node: Any) -> int | None:
    kind = node.WhichOneof("node")
    if kind == "range_var":
        table = known.tables.get(trees.key(node.range_var))
        return table.rows if table else None
    if kind == "range_function":
        return prod(n or 1 for n in map(_series, trees.find(node, "FuncCall")))
    if kind == "join_expr":
        left, right = _source(known, node.join_expr.larg), _source(known, node.join_expr.rarg)
        crossed = not node.join_expr.HasField("quals")
        if left is None or right is None:
            return None
        return left * right if crossed else max(left, right)
    if kind == "range_subselect":
        return rows(known, node.range_subselect.subquery.select_stmt)
    return None


def _series(call: Any) -> int:
    """The rows of generate_series over whole numbers; 1 for any other function."""
    if trees.strings(call.funcname)[-1] != "generate_series" or len(call.args) < 2:
        return 1
    bounds = [arg.a_const.ival.ival for arg in call.args]
    step = bounds[2] if len(bounds) > 2 and bounds[2] else 1
    return max(1, int(bounds[1] - bounds[0]) // int(step) + 1)
