"""Rewrites: other texts for a statement that mean the same and may be faster."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Protocol, cast

from dbengineer.tools import folder
from dbengineer.tools.facts import Fact
from dbengineer.tools.queries import sql
from dbengineer.tools.queries.usage import Names
from dbengineer.tools.schema.catalog import Column, Schema, Table

if TYPE_CHECKING:
    from sqlglot import exp


class Rewrite(Fact):
    """Another text for a statement; `kept` says that the rule alone shows that it means the same."""

    rule: str
    title: str
    why: str
    text: str
    kept: bool


class Rule(Protocol):
    """What a file of the folder offers."""

    __doc__: str | None
    why: str
    kept: bool

    def apply(self, tree: exp.Expression, known: Known) -> exp.Expression | None:
        """A changed copy of a statement, or None where the rule does not fit."""


class Known:
    """What rules may ask of the schema."""

    def __init__(self, schema: Schema) -> None:
        self._names = Names(schema)

    def tables(self, select: exp.Expression) -> dict[str, Table]:
        """The tables that a SELECT reads itself, by the name it gives them."""
        from sqlglot import exp

        sources = [select.args.get("from_"), *(select.args.get("joins") or [])]
        found = {}
        for source in (s.this for s in sources if s is not None):
            table = self._names.table(source.db, source.name) if isinstance(source, exp.Table) else None
            if table is not None:
                found[source.alias_or_name] = table
        return found

    def column(self, reference: exp.Expression, select: exp.Expression) -> Column | None:
        """The column that a reference means among the tables of a SELECT; None where that is not sure."""
        from sqlglot import exp

        if not isinstance(reference, exp.Column):
            return None
        tables = self.tables(select)
        wanted = [tables[reference.table]] if reference.table in tables else []
        if not reference.table:
            wanted = [table for table in tables.values() if table.column(reference.name)]
        return wanted[0].column(reference.name) if len(wanted) == 1 else None


@cache
def rules() -> dict[str, Rule]:
    """Every rule by name."""
    return {name: cast(Rule, module) for name, module in folder.modules("dbengineer.tools.queries.rules").items()}


def rewrites(text: str, schema: Schema) -> list[Rewrite]:
    """The other texts that the rules find for a statement; none where it cannot be read."""
    import sqlglot

    try:
        tree = cast("exp.Expression", sqlglot.parse_one(sql.runnable(text), dialect="postgres"))
    except (sql.Unreadable, sqlglot.errors.SqlglotError):
        return []
    return list(_found(text, tree, Known(schema)))


def _found(text: str, tree: exp.Expression, known: Known) -> Iterator[Rewrite]:
    for name, rule in rules().items():
        changed = rule.apply(tree.copy(), known)
        written = changed.sql(dialect="postgres", pretty=True) if changed is not None else ""
        if written and sql.kind(written) != "unreadable" and set(sql.parameters(written)) <= set(sql.parameters(text)):
            title = (rule.__doc__ or name).strip().splitlines()[0]
            yield Rewrite(rule=name, title=title, why=rule.why, text=written, kept=rule.kept)
