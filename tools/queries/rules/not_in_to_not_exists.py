"""NOT EXISTS instead of NOT IN with a subquery."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

    from dbengineer.tools.queries.rewrites import Known

why = "NOT IN has to remember a possible NULL, so the planner cannot join; NOT EXISTS becomes an anti join."
kept = True


def apply(tree: exp.Expression, known: Known) -> exp.Expression | None:
    """Only where neither side can be NULL, since the two differ there."""
    from sqlglot import exp

    changed = False
    for negation in list(tree.find_all(exp.Not)):
        member, outer = negation.this, negation.find_ancestor(exp.Select)
        query = member.args.get("query") if isinstance(member, exp.In) else None
        inner = query.this if isinstance(query, exp.Subquery) else None
        if not isinstance(inner, exp.Select) or outer is None or not _plain(inner):
            continue
        left, right = member.this, inner.expressions[0].unalias()
        kinds = [known.column(left, outer), known.column(right, inner)]
        if any(kind is None or kind.nullable for kind in kinds) or _table(inner) == _table(outer):
            continue
        same = exp.EQ(this=_qualified(right, inner), expression=_qualified(left, outer))
        exists = inner.copy().select(exp.Literal.number(1), append=False).where(same)
        negation.replace(exp.Not(this=exp.Exists(this=exists)))
        changed = True
    return tree if changed else None


def _plain(inner: exp.Expression) -> bool:
    """A subquery of one column from one table, without grouping or paging."""
    other = ("group", "having", "limit", "offset", "distinct", "windows", "joins")
    return len(inner.expressions) == 1 and not any(inner.args.get(part) for part in other) and bool(_table(inner))


def _table(select: exp.Expression) -> str:
    from sqlglot import exp

    source = select.args.get("from_")
    return str(source.this.alias_or_name) if source is not None and isinstance(source.this, exp.Table) else ""


def _qualified(column: exp.Expression, select: exp.Expression) -> exp.Expression:
    from sqlglot import exp

    assert isinstance(column, exp.Column)
    return column.copy() if column.table else exp.column(column.this.copy(), table=_table(select))
