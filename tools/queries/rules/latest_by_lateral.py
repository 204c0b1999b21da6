"""The latest row of each group by one step into an index, instead of sorting all rows of all groups."""

from __future__ import annotations

from typing import Any

from dbengineer.tools.queries import sql
from dbengineer.tools.queries.rules import _tree
from dbengineer.tools.queries.rules._tree import Found, Select, Tree
from dbengineer.tools.schema.catalog import Schema, Table

why = (
    "DISTINCT ON reads and sorts every row of every group to keep one of each; with the groups at hand, LATERAL and "
    "LIMIT 1 read one row of each by an index on the group and the order."
)
kept = True
PLAIN = _tree.INTEGERS | {"uuid", "date"}
GROUPS, LATEST = "groups", "latest"


def rewrite(text: str, schema: Schema) -> str | None:
    """DISTINCT ON (t.g) of one table, whose groups come of `t.g IN (SELECT …)` or of the table that g refers to."""
    tree = Tree(text, schema)
    select = tree.selects[0] if len(tree.selects) in (1, 2) else None
    key = _key(select) if select is not None else None
    if select is None or key is None or {GROUPS, LATEST} & set(select.tables):
        return None
    given = next((part for part in select.conditions if _given(tree, select, part, key)), None)
    groups = _listed(given) if given is not None else _referenced(key, schema) if len(tree.selects) == 1 else ""
    if not groups:
        return None
    rest = [part for part in select.conditions if part is not given]
    return sql.runnable(
        f"SELECT {LATEST}.* FROM ({groups}) {GROUPS}(key) CROSS JOIN LATERAL ({_one(select, key, rest)}) {LATEST} "
        f"ORDER BY {_first(select)}"
    )


def _key(select: Select) -> Found | None:
    """The only column of DISTINCT ON, which is also the first of ORDER BY."""
    message = select.message
    known = len(select.tables) == 1 and None not in select.tables.values()
    if not known or not _tree.only(message, "distinct_clause", "sort_clause") or len(message.distinct_clause) != 1:
        return None
    key = select.column(message.distinct_clause[0])
    first = select.column(message.sort_clause[0].sort_by.node) if message.sort_clause else None
    return key if key is not None and key == first and key.column.type in PLAIN else None


def _given(tree: Tree, select: Select, node: Any, key: Found) -> bool:
    """Whether a condition is `key IN (SELECT a column of the same kind)`, by a subquery that stands for itself."""
    link = node.sub_link if node.WhichOneof("node") == "sub_link" else None
    if link is None or link.sub_link_type != _tree.ANY or link.oper_name or select.column(link.testexpr) != key:
        return False
    inner = tree.select(link.subselect.select_stmt)
    targets = inner.message.target_list
    if len(targets) != 1 or not _tree.only(inner.message, "distinct_clause"):
        return False
    value = inner.column(targets[0].res_target.val)
    own = all(_tree.alone(inner, part) for part in inner.conditions)
    return value is not None and own and _tree.alike(value, key)


def _listed(node: Any) -> str:
    inner = _tree.copied(node.sub_link.subselect.select_stmt)
    if not inner.distinct_clause:
        inner.distinct_clause.add()
    return _tree.statement(inner)


def _referenced(key: Found, schema: Schema) -> str:
    """All groups there can be: those of the table that the column refers to."""
    references = (k for k in key.table.foreign_keys if k.columns == (key.column.name,) and k.validated)
    foreign = next(references, None) if not key.column.nullable else None
    parent: Table | None = schema.table(foreign.references) if foreign else None
    if foreign is None or parent is None or parent.qualified == key.table.qualified:
        return ""
    return f"SELECT {sql.identifier(foreign.referenced_columns[0])} FROM {parent.qualified}"


def _one(select: Select, key: Found, rest: list[Any]) -> str:
    """The first row of one group."""
    message = _tree.copied(select.message)
    del message.distinct_clause[:]
    del message.sort_clause[0]
    _tree.narrow(message, f"{key.text} = {GROUPS}.key", *rest)
    return f"{_tree.statement(message)} LIMIT 1"


def _first(select: Select) -> str:
    """The order that the groups came in."""
    message = _tree.copied(sql.parse(f"SELECT 1 ORDER BY {GROUPS}.key").select_stmt)
    sort = message.sort_clause[0].sort_by
    sort.sortby_dir, sort.sortby_nulls = (
        select.message.sort_clause[0].sort_by.sortby_dir,
        select.message.sort_clause[0].sort_by.sortby_nulls,
    )
    return _tree.statement(message).partition(" ORDER BY ")[2]
