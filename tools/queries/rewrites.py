"""Rewrites: other texts for a statement that mean the same and may be faster."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Protocol, cast

from dbengineer.tools import folder
from dbengineer.tools.facts import Fact
from dbengineer.tools.queries import sql
from dbengineer.tools.schema.catalog import Schema


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

    def rewrite(self, text: str, schema: Schema) -> str | None:
        """The other text of a statement, or None where the rule does not fit."""


@cache
def rules() -> dict[str, Rule]:
    """Every rule by name."""
    return {name: cast(Rule, module) for name, module in folder.modules("dbengineer.tools.queries.rules").items()}


def rewrites(text: str, schema: Schema) -> list[Rewrite]:
    """The other texts that the rules find for a SELECT; none for all else and where it cannot be read."""
    return list(_found(text, schema)) if sql.kind(text) == "select_stmt" else []


def _found(text: str, schema: Schema) -> Iterator[Rewrite]:
    for name, rule in rules().items():
        written = rule.rewrite(text, schema)
        # A parameter that is left out would have no type, and one more would have no value.
        if written and sql.parameters(written) == sql.parameters(text):
            title = (rule.__doc__ or name).strip().splitlines()[0]
            yield Rewrite(rule=name, title=title, why=rule.why, text=written, kept=rule.kept)
