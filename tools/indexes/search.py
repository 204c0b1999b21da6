"""The search: master program and trees in turn, until the best set found is as good as the proven bound allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dbengineer.tools.facts import Fact
from dbengineer.tools.indexes import master
from dbengineer.tools.indexes.master import Option, Rules, Statement, Sure
from dbengineer.tools.indexes.tree import Names

MOST_OF_IT, EXACTER = 0.95, 0.4
CERTAIN, SECONDS = 0.01, 1.0
"""How exact the last choice is, and how long it may take beyond the time that was given."""
Found = Callable[["Best"], None]


class Effort(Fact):
    """When to stop: at a relative gap to the bound, after so many questions, or after so many seconds."""

    gap: float = 0.0025
    calls: int = 200_000
    seconds: float = 60.0


@dataclass(frozen=True)
class Best:
    """The best set so far; `value` of it and the `bound` that no set goes below, in the program's units."""

    chosen: Names
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """How far the value may be above the best possible one, as a share of it (0 to 1)."""
        return max(0.0, 1 - self.bound / self.value) if self.value > 0 else 0.0


def search(
    trees: Sequence[tuple[float, Statement]],
    options: Sequence[Option],
    rules: Rules,
    *,
    effort: Effort,
    calls: Callable[[], int],
    start: Names = frozenset(),
    found: Found = lambda best: None,
) -> Best:
    """Improves on the set `start`; every improvement is told to `found`, so that an answer is there at any time."""
    prices = {option.name: option.price for option in options}
    until = time.perf_counter() + effort.seconds
    best = Best(start, value(trees, prices, start), 0.0)
    while True:
        before = sum(tree.size for _, tree in trees)
        exactness = min(max(best.gap, effort.gap) * EXACTER, 0.01)
        choice = master.solve(trees, options, rules, gap=exactness, seconds=until - time.perf_counter())
        chosen = choice.chosen if choice.found else best.chosen
        for tree in _doubtful(trees, chosen):
            if time.perf_counter() > until:
                break
            tree.learn(chosen)
        best = better(best, Best(chosen, value(trees, prices, chosen), choice.bound))
        found(best)
        spent = time.perf_counter() > until or calls() >= effort.calls
        if best.gap <= effort.gap:
            return best
        # Where the time is over, that nothing was learned does not mean that there was nothing to learn.
        if spent:
            return better(best, certain(trees, options, rules))
        if sum(tree.size for _, tree in trees) == before:
            return best


def certain(trees: Sequence[tuple[float, Statement]], options: Sequence[Option], rules: Rules) -> Best:
    """The best set by the plans that are known, where there is no time to find out whether others hold what they
    promise; without a bound."""
    prices = {option.name: option.price for option in options}
    sure = [(weight, Sure(tree)) for weight, tree in trees]
    choice = master.solve(sure, options, rules, gap=CERTAIN, seconds=SECONDS)
    worth = value(trees, prices, choice.chosen) if choice.found else float("inf")
    return Best(choice.chosen, worth, 0.0)


def _doubtful(trees: Sequence[tuple[float, Statement]], chosen: Names) -> Iterator[Statement]:
    """The statements that most of what is not known of a set comes from, the most doubtful first."""
    doubts = [(weight * tree.doubt(chosen), tree) for weight, tree in trees if weight]
    doubts.sort(key=lambda d: -d[0])
    left = sum(doubt for doubt, _ in doubts) * (1 - MOST_OF_IT)
    behind = 0.0
    kept = list(doubts)
    while kept and behind + kept[-1][0] <= left and kept[-1][0] < float("inf"):
        behind += kept.pop()[0]
    return (tree for _, tree in kept)


def better(best: Best, other: Best) -> Best:
    """The better set of the two, with the higher bound."""
    bound = min(max(best.bound, other.bound), best.value, other.value)
    return Best(other.chosen, other.value, bound) if other.value < best.value else Best(best.chosen, best.value, bound)


def value(trees: Sequence[tuple[float, Statement]], prices: Mapping[str, float], chosen: Names) -> float:
    """What a set is worth by all that is known, in the program's units."""
    return sum(weight * tree.at_most(chosen) for weight, tree in trees) + sum(prices[name] for name in chosen)
