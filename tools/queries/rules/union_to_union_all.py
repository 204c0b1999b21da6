"""UNION ALL instead of UNION where no row can come twice."""

from __future__ import annotations

from typing import Any

from dbengineer.tools.queries.rules import _tree
from dbengineer.tools.queries.rules._tree import Tree
from dbengineer.tools.schema.catalog import Schema

why = "UNION sorts or hashes all rows to find doubles; here there cannot be any."
kept = True
UNION = 2


def rewrite(text: str, schema: Schema) -> str | None:
    """Provable where both arms give a primary key, and a different string in the same place."""
    tree = Tree(text, schema)
    whole = tree.selects[0].message if tree.selects else None
    if whole is None or whole.op != UNION or whole.all:
        return None
    if not all(_has_key(tree, arm) for arm in (whole.larg, whole.rarg)) or not _apart(whole.larg, whole.rarg):
        return None
    whole.all = True
    return tree.text


def _has_key(tree: Tree, arm: Any) -> bool:
    """Whether an arm gives back the whole primary key of its only table, so that it has no double itself."""
    select = tree.select(arm)
    tables = [table for table in select.tables.values() if table is not None]
    if len(select.tables) != 1 or not tables or not tables[0].primary_key or not _tree.only(arm):
        return False
    found = [select.column(target.res_target.val) for target in arm.target_list]
    return set(tables[0].primary_key) <= {f.column.name for f in found if f is not None}


def _apart(left: Any, right: Any) -> bool:
    pairs = zip(map(_string, left.target_list), map(_string, right.target_list), strict=False)
    return any(a is not None and b is not None and a != b for a, b in pairs)


def _string(target: Any) -> str | None:
    value = target.res_target.val
    constant = value.WhichOneof("node") == "a_const" and value.a_const.WhichOneof("val") == "sval"
    return str(value.a_const.sval.sval) if constant else None
