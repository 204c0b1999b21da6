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


def hopeful(plan: Hashable) -> float:
    """The same hope for every plan."""
    return HOPE


@dataclass(frozen=True)
class _Region:
    """All sets between `held` and `available`: they have the same plan."""

    held: Names
    available: Names
    plan: Hashable
    cost: float


class Measured:
    """One statement; `explain` gives a plan and a key for its shape, `run` the worth of what is planned with a set.

    `hope` is the share of the time that a plan of a shape may take, of what its cost promises.
    """

    def __init__(
        self,
        explain: Explain,
        run: Callable[[Names], float],
        pool: Names,
        order: Callable[[str], float],
        hope: Callable[[Hashable], float] = hopeful,
    ) -> None:
        self.pool = pool
        self.size = 0
        self.eager = 1.0
        self.worths: dict[Hashable, float] = {}
        self._explain = explain
        self._run = run
        self._order = order
        self._share = hope
        self._regions: list[_Region] = []
        self._leaves = [Leaf(frozenset(), pool, 0.0)]
        self.learn(frozenset())
        base = self._region(frozenset())
        assert base is not None, "the plan without any candidate is run first"
        self._base = base

    @property
    def worst(self) -> float:
        """What the statement is worth without any candidate."""
        return self.worths[self._base.plan]

    @property
    def best(self) -> float:
        """The least that it was worth with any set whose plan was run."""
        return min(self.worths.values())

    def ways(self) -> list[Way]:
        """Regions with what they are worth, or are hoped to be, and leaves with what they are hoped to be worth."""
        known = [Way(self._worth(r), r.held, self.pool - r.available) for r in self._regions]
        return known + [Way(self._hope(leaf.bound), leaf.held, self.pool - leaf.available) for leaf in self._leaves]

    def known(self) -> list[Way]:
        """The regions whose plan was run."""
        return [
            Way(self.worths[r.plan], r.held, self.pool - r.available) for r in self._regions if r.plan in self.worths
        ]

    def hoped(self, chosen: Names) -> float:
        """What the plan of a set is worth, or is hoped to be, as a share of what the statement takes without it."""
        self.plan(chosen)
        region = self._region(chosen & self.pool)
        assert region is not None, "its plan was just asked for"
        return self._worth(region) / (self.worst or 1.0)

    def _worth(self, region: _Region) -> float:
        known = self.worths.get(region.plan)
        return self._hope(region.cost, self._share(region.plan)) if known is None else known

    def _hope(self, cost: float, share: float = HOPE) -> float:
        base_cost = self._base.cost
        return self.eager * share * self.worst * min(1.0, cost / base_cost if base_cost else 1.0)

    def at_most(self, chosen: Names) -> float:
        """What a set is worth; infinite where that was not learned."""
        region = self._region(chosen & self.pool)
        return self.worths.get(region.plan, float("inf")) if region else float("inf")

    def doubt(self, chosen: Names) -> float:
        """Infinite as long as the plan of a set was not run."""
        return float("inf") if self.at_most(chosen) == float("inf") else 0.0

    def learn(self, chosen: Names) -> None:
        """Finds the plan of a set, and runs it where no set with the same plan was run before."""
        plan = self.plan(chosen)
        if plan not in self.worths:
            self.size += 1
            self.worths[plan] = self._run(chosen & self.pool)

    def plan(self, chosen: Names) -> Hashable:
        """What tells the plan of a set from others that take another time."""
        chosen &= self.pool
        while (region := self._region(chosen)) is None:
            self._expand(next(leaf for leaf in self._leaves if leaf.held <= chosen <= leaf.available))
        return region.plan

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
