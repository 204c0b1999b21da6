"""The tree of one statement by measured time: the value of a set is the time of the plan that PostgreSQL picks with it.

More to choose from may make a statement slower, since planner cost is not time. So a set is worth exactly what its own
plan takes. What was not run yet is hoped to take a share of what its cost promises, so that it is tried where it
matters and the planner was too pessimistic.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from dbengineer.tools.indexes.tree import Answer, Leaf, Names, Way, divided

Explain = Callable[[Names], tuple[Answer, Hashable]]


HOPE = 0.7
"""The share of the time that a plan's cost promises, by the cost and time of the plan without any candidate."""


@dataclass(frozen=True)
class _Region:
    """All sets between `held` and `available`: they have the same plan."""

    held: Names
    available: Names
    plan: Hashable
    cost: float


class Measured:
    """One statement; `explain` gives a plan and a key for its shape, `run` the worth of what is planned with a set."""

    def __init__(
        self, explain: Explain, run: Callable[[Names], float], pool: Names, order: Callable[[str], float]
    ) -> None:
        self.pool = pool
        self.size = 0
        self.worths: dict[Hashable, float] = {}
        self._explain = explain
        self._run = run
        self._order = order
        self._regions: list[_Region] = []
        self._leaves = [Leaf(frozenset(), pool, 0.0)]
        self._base: tuple[float, float] | None = None
        self.learn(frozenset())

    def ways(self) -> list[Way]:
        """Regions with what they are worth, or are hoped to be, and leaves with what they are hoped to be worth."""
        known = [
            Way(self.worths.get(r.plan, self._hope(r.cost)), r.held, self.pool - r.available) for r in self._regions
        ]
        return known + [Way(self._hope(leaf.bound), leaf.held, self.pool - leaf.available) for leaf in self._leaves]

    def _hope(self, cost: float) -> float:
        assert self._base is not None, "the plan without any candidate is run first"
        base_cost, worth = self._base
        return HOPE * worth * min(1.0, cost / base_cost if base_cost else 1.0)

    def at_most(self, chosen: Names) -> float:
        """What a set is worth; infinite where that was not learned."""
        region = self._region(chosen & self.pool)
        return self.worths.get(region.plan, float("inf")) if region else float("inf")

    def doubt(self, chosen: Names) -> float:
        """Infinite as long as the plan of a set was not run."""
        return float("inf") if self.at_most(chosen) == float("inf") else 0.0

    def learn(self, chosen: Names) -> None:
        """Finds the plan of a set, and runs it where no set with the same plan was run before."""
        chosen &= self.pool
        while (region := self._region(chosen)) is None:
            self._expand(next(leaf for leaf in self._leaves if leaf.held <= chosen <= leaf.available))
        if region.plan not in self.worths:
            self.size += 1
            self.worths[region.plan] = self._run(chosen)
        if self._base is None:
            self._base = region.cost, self.worths[region.plan]

    def correct(self, chosen: Names, worth: float) -> None:
        """Puts a better measurement in place of an older one, for all sets with the same plan."""
        region = self._region(chosen & self.pool)
        if region and self.worths.get(region.plan) != worth:
            self.size += 1
            self.worths[region.plan] = worth

    def _region(self, chosen: Names) -> _Region | None:
        return next((r for r in self._regions if r.held <= chosen <= r.available), None)

    def _expand(self, leaf: Leaf) -> None:
        self._leaves.remove(leaf)
        self.size += 1
        answer, plan = self._explain(leaf.available)
        self._regions.append(_Region(leaf.held | answer.used, leaf.available, plan, answer.cost))
        self._leaves += divided(leaf, answer, self._order)
