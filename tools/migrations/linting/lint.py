"""The verdict on a migration from its text and from what is known of the schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dbengineer.tools.migrations.linting import applying, locking, nested, reading, rules
from dbengineer.tools.migrations.linting.known import Known
from dbengineer.tools.migrations.linting.reading import Statement
from dbengineer.tools.migrations.linting.rule import Finding, Found, Scene
from dbengineer.tools.migrations.linting.rules import holding


class Reading:
    """A migration gone through statement by statement; `known` follows it."""

    def __init__(self, known: Known, statements: list[Statement]) -> None:
        self.known = known
        self._statements = statements
        self._modules = rules.modules()
        self._held: dict[str, str] = {}
        self._locked: list[frozenset[str]] = []

    def findings(self) -> Iterator[tuple[int, Found]]:
        """What the rules find, with the number of the statement."""
        for number, statement in enumerate(self._statements):
            if self._begins(number):
                self._held, self._locked = {}, []
            scene = self._scene(number, statement)
            for found in self._looked(scene):
                yield number, found
            self._follow(statement)

    def _looked(self, scene: Scene) -> list[Found]:
        if scene.statement.tree is None:
            return []
        found = [f for module in self._modules for f in module.look(scene)]
        if scene.in_transaction and self._held and any(_work(f) for f in found):
            found.append(holding.SLOW.found(f"{', '.join(sorted(self._held))} stays locked", found[0].safe_form))
        for inner in nested.statements(self.known, scene.statement):
            found += self._looked(Scene(self.known, inner, earlier=[], held=scene.held, locked=scene.locked))
        return list({f.rule.name + f.why: f for f in found}.values())

    def _begins(self, number: int) -> bool:
        block = self._statements[number].block
        return block is None or number == 0 or self._statements[number - 1].block != block

    def _scene(self, number: int, statement: Statement) -> Scene:
        before, block = self._statements[:number], statement.block
        earlier = [s for s in before if block is not None and s.block == block]
        later = self._statements[number + 1 :]
        return Scene(self.known, statement, before, earlier, later, dict(self._held), list(self._locked))

    def _follow(self, statement: Statement) -> None:
        for each in (statement, *nested.statements(self.known, statement)):
            for group in locking.locks(self.known, each):
                self._held |= group
                self._locked.append(frozenset(t for t in group if self.known.large(t)))
            applying.apply(self.known, each)


def _work(found: Found) -> bool:
    return found.rule.works and found.rule.name not in (holding.SLOW.name, holding.VALIDATE.name)


def lint(sql: str, known: Known, *, transactional: bool = False) -> list[Finding]:
    """What is wrong with a migration, in the order of its statements; `known` is brought up to date with it.

    `transactional`: who runs it puts the file into one transaction. Raises Unreadable.
    """
    statements = reading.read(sql, transactional=transactional)
    return [finding(statements[number], found) for number, found in Reading(known, statements).findings()]


def finding(statement: Statement, found: Found) -> Finding:
    """What was found as it leaves."""
    return Finding(
        rule=found.rule.name, statement=statement.text, line=statement.line, why=found.why, safe_form=found.safe_form
    )


def described(findings: list[Finding]) -> list[dict[str, Any]]:
    """Findings as the interface for machines has them."""
    return [f.model_dump(exclude={"line"}) for f in findings]
