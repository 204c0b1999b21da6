"""UNION ALL instead of UNION where no row can come twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

    from dbengineer.tools.queries.rewrites import Known

why = "UNION sorts or hashes all rows to find doubles; here there cannot be any."
kept = True


def apply(tree: exp.Expression, known: Known) -> exp.Expression | None:
    """Provable where both arms give a primary key, and a different constant in the same place."""
    from sqlglot import exp

    if not isinstance(tree, exp.Union) or not tree.args.get("distinct"):
        return None
    arms = [tree.this, tree.expression]
    if not all(isinstance(arm, exp.Select) and _has_key(arm, known) for arm in arms) or not _apart(*arms):
        return None
    tree.set("distinct", False)
    return tree


def _has_key(arm: exp.Expression, known: Known) -> bool:
    from sqlglot import exp

    tables = list(known.tables(arm).values())
    if len(tables) != 1 or arm.args.get("joins") or not tables[0].primary_key:
        return False
    given = {e.unalias().name for e in arm.expressions if isinstance(e.unalias(), exp.Column)}
    return set(tables[0].primary_key) <= given


def _apart(left: exp.Expression, right: exp.Expression) -> bool:
    from sqlglot import exp

    pairs = [(a.unalias(), b.unalias()) for a, b in zip(left.expressions, right.expressions, strict=False)]
    return any(isinstance(a, exp.Literal) and isinstance(b, exp.Literal) and a.this != b.this for a, b in pairs)
