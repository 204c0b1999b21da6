"""What is told at the end: each statement without and with the chosen set, in turn, so that noise touches both."""

from __future__ import annotations

from collections.abc import Hashable

from dbengineer.tools.facts import Fact
from dbengineer.tools.indexes.laboratory import NOTABLE_MS, ROUNDS, SLOWER, TIMEOUT_MS, Laboratory
from dbengineer.tools.indexes.tree import Names
from dbengineer.tools.queries.workload import Statement

TIMES_LONGER = 3.0


class Measurement(Fact):
    """One statement, without and with the chosen set, in milliseconds: the least of several interleaved runs."""

    fingerprint: str
    before: float
    after: float
    cost_before: float
    cost: float
    used: tuple[str, ...]

    @property
    def slower(self) -> bool:
        """Whether it takes over 20 %, and over a millisecond, longer."""
        return self.after > self.before * SLOWER and self.after - self.before > NOTABLE_MS


class Interleaved:
    """Measures sets; a plan that was measured before, for another set, is not measured again."""

    def __init__(self, lab: Laboratory) -> None:
        self.lab = lab
        self._known: dict[tuple[str, Hashable], tuple[float, float]] = {}

    def of(self, chosen: Names) -> list[Measurement]:
        """All statements with a set."""
        return [self._one(statement, chosen) for statement in self.lab.statements]

    def _one(self, statement: Statement, chosen: Names) -> Measurement:
        planner, tree = self.lab.planner, self.lab.trees[statement.fingerprint]
        pool = planner.on(statement)
        plain, planned = (planner.answer(statement, names & pool) for names in (frozenset[str](), chosen))
        key = statement.fingerprint, tree.plan(chosen)
        if key not in self._known:
            self._known[key] = self._times(statement, chosen, same=tree.plan(frozenset()) == key[1])
        before, after = self._known[key]
        return Measurement(
            fingerprint=statement.fingerprint,
            before=round(before, 3),
            after=round(after, 3),
            cost_before=plain.cost,
            cost=planned.cost,
            used=tuple(sorted(planned.used)),
        )

    def _times(self, statement: Statement, chosen: Names, *, same: bool) -> tuple[float, float]:
        """What has the same plan takes the same time; what seems slower gets as many rounds again."""
        before, after = self._rounds(statement, chosen)
        if same:
            return min(before, after), min(before, after)
        if after > before * SLOWER:
            again = self._rounds(statement, chosen)
            return min(before, again[0]), min(after, again[1])
        return before, after

    def _rounds(self, statement: Statement, chosen: Names) -> tuple[float, float]:
        before, after = float("inf"), float("inf")
        for _ in range(ROUNDS):
            before = min(before, self.lab.once(statement, frozenset(), TIMEOUT_MS))
            after = min(
                after, self.lab.once(statement, chosen, min(TIMEOUT_MS, before * TIMES_LONGER + TIMEOUT_MS / 60))
            )
            if before >= TIMEOUT_MS:
                break
        return before, after
