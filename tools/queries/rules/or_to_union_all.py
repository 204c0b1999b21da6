"""Each arm of an OR by itself, put together with UNION ALL."""

from __future__ import annotations

from typing import Any

from dbengineer.tools.queries import sql
from dbengineer.tools.queries.rules import _tree
from dbengineer.tools.queries.rules._tree import Select, Tree
from dbengineer.tools.schema.catalog import Schema

why = "One index cannot serve an OR over two columns; each arm by itself can use the index of its column."
kept = True
SYSTEM = {"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"}


def rewrite(text: str, schema: Schema) -> str | None:
    """The second arm leaves out what the first one has found, so that no row comes twice."""
    tree = Tree(text, schema)
    select = tree.selects[0] if tree.selects else None
    either = next((p for p in select.conditions if _either(select, p)), None) if select and _fits(select) else None
    if select is None or either is None:
        return None
    rest = [sql.expression(part) for part in select.conditions if part is not either]
    first, second = (sql.expression(arm) for arm in either.bool_expr.args)
    source = select.message.from_clause[0]
    arms = (
        _arm(source, f"({first})", *rest),
        _arm(source, f"({second})", f"({first}) IS NOT TRUE", *rest),
    )
    both = f"SELECT 1 FROM ({' UNION ALL '.join(arms)}) {sql.identifier(_tree.name_of(source))}"
    source.CopyFrom(sql.parse(both).select_stmt.from_clause[0])
    select.message.ClearField("where_clause")
    return tree.text


def _fits(select: Select) -> bool:
    """One known table, no lock on its rows, nothing that only a table has and no function, which may be volatile."""
    message = select.message
    sorted_or_cut = ("sort_clause", "limit_count", "limit_offset", "distinct_clause")
    tables = list(select.tables.values())
    columns = {f.string.sval for r in sql.descendants(message, "column_ref") for f in r.fields}
    conditions = [c for part in select.conditions for c in sql.descendants(part, "func_call")]
    known = len(tables) == 1 and tables[0] is not None and _tree.only(message, *sorted_or_cut)
    return known and not columns & SYSTEM and not conditions


def _either(select: Select, node: Any) -> bool:
    """Whether a condition is an OR of two arms over different columns of the table, without a subquery."""
    if node.WhichOneof("node") != "bool_expr" or node.bool_expr.boolop != _tree.OR or len(node.bool_expr.args) != 2:
        return False
    if any(True for _ in sql.descendants(node, "sub_link")):
        return False
    first, second = ({found.text for found in _columns(select, arm)} for arm in node.bool_expr.args)
    return bool(first and second) and first != second


def _columns(select: Select, arm: Any) -> list[Any]:
    return [found for node in _tree.nodes(arm, "column_ref") if (found := select.column(node))]


def _arm(source: Any, *conditions: str) -> str:
    message = _tree.copied(sql.parse("SELECT * FROM t").select_stmt)
    message.from_clause[0].CopyFrom(source)
    _tree.narrow(message, *conditions)
    return _tree.statement(message)
