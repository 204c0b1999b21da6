"""The latest of each group by one grouped subquery, instead of one that runs for every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

    from dbengineer.tools.queries.rewrites import Known

why = "A correlated subquery runs again for every row; grouped, it runs once."
kept = True


def apply(tree: exp.Expression, known: Known) -> exp.Expression | None:
    """c = (SELECT max(c) FROM t WHERE t.g = g) becomes (g, c) IN (SELECT g, max(c) FROM t GROUP BY g)."""
    from sqlglot import exp

    changed = False
    for equal in list(tree.find_all(exp.EQ)):
        for column, other in ((equal.this, equal.expression), (equal.expression, equal.this)):
            inner = other.this if isinstance(other, exp.Subquery) else None
            if not isinstance(inner, exp.Select) or not isinstance(column, exp.Column):
                continue
            link = _link(inner, known)
            if link is None:
                continue
            own, outer = link
            grouped = inner.copy().select(own.copy(), inner.expressions[0].copy(), append=False).group_by(own.copy())
            grouped.set("where", None)
            pair = exp.Tuple(expressions=[outer.copy(), column.copy()])
            equal.replace(exp.In(this=pair, query=grouped.subquery()))
            changed = True
            break
    return tree if changed else None


def _link(inner: exp.Expression, known: Known) -> tuple[exp.Expression, exp.Expression] | None:
    """The inner and outer column of a subquery that is only max or min of one table, linked by one equality."""
    from sqlglot import exp

    where = inner.args.get("where")
    other = ("group", "having", "limit", "offset", "joins", "distinct", "order")
    aggregate = len(inner.expressions) == 1 and isinstance(inner.expressions[0].unalias(), exp.Max | exp.Min)
    if where is None or not isinstance(where.this, exp.EQ) or not aggregate or any(inner.args.get(o) for o in other):
        return None
    tables = known.tables(inner)
    for own, outer in ((where.this.this, where.this.expression), (where.this.expression, where.this.this)):
        columns = isinstance(own, exp.Column) and isinstance(outer, exp.Column)
        if columns and own.table in tables and outer.table and outer.table not in tables:
            return own, outer
    return None
