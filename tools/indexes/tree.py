"""The lazy tree of one statement: what it costs with any set of candidates, asked as rarely as can be.

One EXPLAIN with the set A of candidates available tells the cost and the set S that the plan uses; every set between
S and A costs the same. Only sets that lack a member of S are unknown. They are divided into leaves: those without the
first member, those with the first and without the second, and so on. A leaf's cost is at least that of any larger
set, since the planner never gets worse by having more to choose from (its path choice is fuzzy by about 1 %).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Names = frozenset[str]


@dataclass(frozen=True)
class Answer:
    """One plan: the candidates that were available, those that it uses, and its cost."""

    available: Names
    used: Names
    cost: float

    def holds_for(self, chosen: Names) -> bool:
        """Whether it is the plan for exactly this set."""
        return self.used <= chosen <= self.available


@dataclass(frozen=True)
class Leaf:
    """All sets that hold `held` and nothing beyond `available`; none costs less than `bound`."""

    held: Names
    available: Names
    bound: float


@dataclass(frozen=True)
class Way:
    """A cost that a statement has, or may have, where a set holds `held` and none of `missing`."""

    cost: float
    held: Names
    missing: Names


class Tree:
    """What is known of one statement; `ask` is one EXPLAIN, `pool` all candidates that could matter to it.

    `order` sorts what a plan uses: the earlier a candidate comes, the sooner the tree learns to do without it.
    """

    def __init__(self, ask: Callable[[Names], Answer], pool: Names, order: Callable[[str], float]) -> None:
        self.pool = pool
        self.leaves: list[Leaf] = []
        self.size = 0
        self._ask = ask
        self._order = order
        self._answers: list[Answer] = []
        self._expand(Leaf(frozenset(), pool, 0.0))
        if not any(not a.used for a in self._answers):
            self._answers.append(ask(frozenset()))

    def plans(self) -> dict[Names, float]:
        """The sets that plans use, each with its cost, without those that a smaller set does as well."""
        best: dict[Names, float] = {}
        for answer in sorted(self._answers, key=lambda a: (a.cost, len(a.used))):
            if not any(used <= answer.used for used in best):
                best[answer.used] = answer.cost
        return best

    def ways(self) -> list[Way]:
        """What a program may take for this statement: known plans, exactly, and leaves, at their lower bounds."""
        plans = self.plans()
        worst = max(plans.values())
        known = [Way(cost, used, frozenset()) for used, cost in plans.items()]
        return known + [Way(x.bound, x.held, self.pool - x.available) for x in self.leaves if x.bound < worst]

    def at_most(self, chosen: Names) -> float:
        """The least cost of a set that is known to be reached, without asking."""
        return min(a.cost for a in self._answers if a.used <= chosen)

    def doubt(self, chosen: Names) -> float:
        """How much less a set may cost than is known."""
        leaf = self._leaf(chosen & self.pool)
        return max(0.0, self.at_most(chosen) - leaf.bound) if leaf else 0.0

    def learn(self, chosen: Names) -> None:
        """Finds out more about a set: its leaf is divided, and its own plan is asked for where that did not do."""
        chosen &= self.pool
        leaf = self._leaf(chosen)
        if leaf and leaf.bound < self.at_most(chosen):
            self._expand(leaf)
            leaf = self._leaf(chosen)
        if leaf and leaf.bound < self.at_most(chosen) and not self._known(chosen):
            self.size += 1
            self._answers.append(self._ask(chosen))

    def _leaf(self, chosen: Names) -> Leaf | None:
        return next((leaf for leaf in self.leaves if leaf.held <= chosen <= leaf.available), None)

    def _expand(self, leaf: Leaf) -> None:
        """Asks what a leaf costs with all that is available there, unless that is known, and divides the rest."""
        if leaf in self.leaves:
            self.leaves.remove(leaf)
        self.size += 1
        answer = self._known(leaf.available)
        if answer is None:
            answer = self._ask(leaf.available)
            self._answers.append(answer)
        for part in divided(leaf, answer, self._order):
            if self._known(part.available):
                self._expand(part)
            else:
                self.leaves.append(part)

    def _known(self, chosen: Names) -> Answer | None:
        return next((a for a in self._answers if a.holds_for(chosen)), None)


def divided(leaf: Leaf, answer: Answer, order: Callable[[str], float]) -> Iterable[Leaf]:
    """What is left of a leaf once a plan is known for those of its sets that hold all that the plan uses."""
    held, bound = leaf.held, max(leaf.bound, answer.cost)
    for name in sorted(answer.used - leaf.held, key=lambda n: (order(n), n)):
        yield Leaf(held, leaf.available - {name}, bound)
        held |= {name}
