"""Each arm of an OR by itself, put together with UNION ALL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

    from dbengineer.tools.queries.rewrites import Known

why = "One index cannot serve an OR over two columns; each arm by itself can use the index of its column."
kept = True


def apply(tree: exp.Expression, known: Known) -> exp.Expression | None:
    """The second arm leaves out what the first one has found, so that no row comes twice."""
    from sqlglot import exp

    if not _fits(tree) or not known.tables(tree):
        return None
    parts = list(tree.args["where"].this.flatten()) if isinstance(tree.args["where"].this, exp.And) else []
    parts = parts or [tree.args["where"].this]
    either = next((p for p in parts if isinstance(p.unnest(), exp.Or)), None)
    if either is None:
        return None
    left, right = either.unnest().this, either.unnest().expression
    if isinstance(left.unnest(), exp.Or) or _names(left) == _names(right):
        return None
    rest = [part for part in parts if part is not either]
    source = tree.args["from_"].this
    first = exp.select("*").from_(source.copy()).where(left, *rest)
    known_already = exp.Not(this=exp.Is(this=exp.paren(left.copy()), expression=exp.true()))
    second = exp.select("*").from_(source.copy()).where(right, known_already, *rest)
    both = exp.union(first, second, distinct=False).subquery(source.alias_or_name)
    tree.set("where", None)
    tree.args["from_"].set("this", both)
    return tree


def _fits(tree: exp.Expression) -> bool:
    from sqlglot import exp

    source = tree.args.get("from_") if isinstance(tree, exp.Select) else None
    plain = source is not None and isinstance(source.this, exp.Table) and not tree.args.get("joins")
    return plain and tree.args.get("where") is not None and not tree.args.get("locks") and not tree.args.get("with_")


def _names(arm: exp.Expression) -> set[str]:
    from sqlglot import exp

    return {column.name for column in arm.find_all(exp.Column)}
