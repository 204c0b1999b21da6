"""What a rule is, what it finds, and the scene in which it looks at a statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations.linting.known import Known
from dbengineer.tools.migrations.linting.reading import Statement


class Rule(Fact):
    """A rule: what it catches and why that hurts.

    `shown_by`: "run" where running the statement shows whether it is so (work under a lock, an error), "text" where no
    run can show it (clients that break, data that is gone). `works`: it is about work that grows with the table.
    """

    name: str
    catches: str
    why: str
    shown_by: Literal["run", "text"] = "run"
    works: bool = False

    def found(self, because: str = "", safe_form: str = "") -> Found:
        """A finding of this rule; `because` says what in this statement makes it so."""
        return Found(rule=self, why=f"{because}: {self.why}" if because else self.why, safe_form=safe_form)


class Found(Fact):
    """What a rule found in a statement, and the corrected migration."""

    rule: Rule
    why: str
    safe_form: str


class Finding(Fact):
    """A finding as it leaves: the rule, the statement and its line, why it hurts, the corrected migration."""

    rule: str
    statement: str
    line: int = 0
    why: str
    safe_form: str


@dataclass
class Scene:
    """A statement among others: the schema before it, and what its transaction did and holds already.

    `before` and `later` are the file's other statements, `earlier` those before it in the same transaction.
    `held` has the strongest lock of the transaction on each table that clients may use; `locked` the tables that each
    earlier statement locked in such a way.
    """

    known: Known
    statement: Statement
    before: list[Statement] = field(default_factory=list)
    earlier: list[Statement] = field(default_factory=list)
    later: list[Statement] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    locked: list[frozenset[str]] = field(default_factory=list)

    @property
    def in_transaction(self) -> bool:
        """Whether the statement shares its transaction with others."""
        return self.statement.block is not None
