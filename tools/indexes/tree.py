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


Room = Callable[[Names, Names], "Names | None"]
"""Given what is held and what is available beside it: what of that may be chosen too; None where what is held may not
be chosen at all."""


def everything(held: Names, available: Names) -> Names | None:
    """All that is available: nothing limits the choice."""
    return available


class Tree:
    """What is known of one statement; `ask` is one EXPLAIN, `pool` all candidates that could matter to it.

    `order` sorts what a plan uses: the earlier a candidate comes, the sooner the tree learns to do without it.
    `room` leaves out what can never be chosen beside what is held. Where a plan is `known`, nothing is asked before
    `look`, and till then nothing is promised: the statement may cost nothing with some set.
    """

    def __init__(
        self,
        ask: Callable[[Names], Answer],
        pool: Names,
        order: Callable[[str], float],
        room: Room = everything,
        known: Answer | None = None,
    ) -> None:
        self.pool = pool
        self.size = 0
        self.seen = False
        """Whether it was asked for with all that may be chosen."""
        self.least = 0.0
        """What no set that may be chosen goes below, by the largest one that was asked for."""
        self._ask = ask
        self._order = order
        self._room = room
        self._answers: list[Answer] = [known] if known else []
        self.leaves = [Leaf(frozenset(), room(frozenset(), pool) or frozenset(), 0.0)]
        if known is None or known.holds_for(self.leaves[0].available):
            self.look()

    def look(self) -> None:
        """Asks what the statement costs with all that may be chosen, and with nothing, unless that was done."""
        if self.seen:
            return
        self._expand(self.leaves.pop())
        if not any(not a.used for a in self._answers):
            self._learn_plan(frozenset())

    def plans(self) -> dict[Names, float]:
        """The sets that plans use, each with its cost, without those that a smaller set does as well."""
        best: dict[Names, float] = {}
        for answer in sorted(self._answers, key=lambda a: (a.cost, len(a.used))):
            if not any(used <= answer.used for used in best):
                best[answer.used] = answer.cost
        return best

    def ways(self) -> list[Way]:
        """What a program may take for this statement: known plans, exactly, and leaves, at their lower bounds."""
        return self.known() + [Way(x.bound, x.held, self.pool - x.available) for x in self.leaves]

    def known(self) -> list[Way]:
        """The known plans."""
        return [Way(cost, used, frozenset()) for used, cost in self.plans().items()]

    def at_most(self, chosen: Names) -> float:
        """The least cost of a set that is known to be reached, without asking; infinite where none is."""
        best = self.best(chosen)
        return best.cost if best else float("inf")

    def best(self, chosen: Names) -> Answer | None:
        """The cheapest plan that is known to be possible with a set."""
        best = None
        for answer in self._answers:
            if (best is None or answer.cost < best.cost) and answer.used <= chosen:
                best = answer
        return best

    def doubt(self, chosen: Names) -> float:
        """How much less a set may cost than is known."""
        leaf = self._leaf(chosen & self.pool)
        return max(0.0, self.at_most(chosen) - leaf.bound) if leaf else 0.0

    def learn(self, chosen: Names) -> None:
        """Finds out more about a set: its leaf is divided, and its own plan is asked for where that did not do."""
        chosen &= self.pool
        if leaf := self._leaf(chosen):
            self.leaves.remove(leaf)
            self._expand(leaf)
        if self._leaf(chosen):
            self._learn_plan(chosen)

    def _leaf(self, chosen: Names) -> Leaf | None:
        return next((leaf for leaf in self.leaves if leaf.held <= chosen <= leaf.available), None)

    def _learn_plan(self, chosen: Names) -> Answer:
        self.size += 1
        self._answers.append(self._ask(chosen))
        self._settle()
        return self._answers[-1]

    def _expand(self, leaf: Leaf) -> None:
        """Asks what a leaf costs with all that is available there, unless that is known, and divides the rest."""
        answer = self._known(leaf.available) or self._learn_plan(leaf.available)
        if not self.seen:
            self.seen, self.least = True, answer.cost
        for part in divided(leaf, answer, self._order):
            available = self._room(part.held, part.available)
            if available is not None:
                self.leaves.append(Leaf(part.held, available, part.bound))
        self._settle()

    def _settle(self) -> None:
        """Raises the bounds of leaves by all that is known, and goes on with those whose plan is known."""
        self.leaves = [leaf for leaf in map(self._bounded, self.leaves) if leaf.bound < self.at_most(leaf.held)]
        for leaf in [x for x in self.leaves if self._known(x.available)]:
            if leaf in self.leaves:
                self.leaves.remove(leaf)
                self._expand(leaf)

    def _bounded(self, leaf: Leaf) -> Leaf:
        """More to choose from never costs more, whichever leaf it was asked for."""
        costs = (a.cost for a in self._answers if leaf.available <= a.available)
        return Leaf(leaf.held, leaf.available, max(costs, default=leaf.bound))

    def _known(self, chosen: Names) -> Answer | None:
        return next((a for a in self._answers if a.holds_for(chosen)), None)


def divided(leaf: Leaf, answer: Answer, order: Callable[[str], float]) -> Iterable[Leaf]:
    """What is left of a leaf once a plan is known for those of its sets that hold all that the plan uses."""
    held, bound = leaf.held, max(leaf.bound, answer.cost)
    for name in sorted(answer.used - leaf.held, key=lambda n: (order(n), n)):
        yield Leaf(held, leaf.available - {name}, bound)
        held |= {name}
