"""EXISTS instead of counting rows to see whether there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

    from dbengineer.tools.queries.rewrites import Known

why = "Counting reads all rows; EXISTS stops at the first."
kept = True


def apply(tree: exp.Expression, known: Known) -> exp.Expression | None:
    """(SELECT count(*) FROM …) > 0 becomes EXISTS (SELECT 1 FROM …)."""
    from sqlglot import exp

    changed = False
    for more in list(tree.find_all(exp.GT)):
        inner = more.this.this if isinstance(more.this, exp.Subquery) else None
        if isinstance(inner, exp.Select) and _counts(inner) and more.expression.sql() == "0":
            more.replace(exp.Exists(this=inner.copy().select(exp.Literal.number(1), append=False)))
            changed = True
    return tree if changed else None


def _counts(inner: exp.Expression) -> bool:
    from sqlglot import exp

    other = ("group", "having", "limit", "offset", "distinct")
    only = len(inner.expressions) == 1 and isinstance(inner.expressions[0].unalias(), exp.Count)
    return (
        only and isinstance(inner.expressions[0].unalias().this, exp.Star) and not any(inner.args.get(o) for o in other)
    )
