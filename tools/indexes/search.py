"""The search: master program and trees in turn, until the best set found is as good as the proven bound allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dbengineer.tools.facts import Fact
from dbengineer.tools.indexes import master
from dbengineer.tools.indexes.master import Option, Rules, Statement
from dbengineer.tools.indexes.tree import Names

MOST_OF_IT = 0.95
Found = Callable[["Best"], None]


class Effort(Fact):
    """When to stop: at a relative gap to the bound, after so many questions, or after so many seconds."""

    gap: float = 0.001
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
    begun = time.perf_counter()
    best = Best(start, _value(trees, prices, start), 0.0)
    while True:
        before = sum(tree.size for _, tree in trees)
        choice = master.solve(trees, options, rules, gap=min(max(best.gap / 10, effort.gap / 10), 0.01))
        for tree in _doubtful(trees, choice.chosen):
            if time.perf_counter() - begun > effort.seconds:
                break
            tree.learn(choice.chosen)
        best = _better(best, choice.chosen, _value(trees, prices, choice.chosen), choice.bound)
        found(best)
        spent = time.perf_counter() - begun > effort.seconds or calls() >= effort.calls
        if best.gap <= effort.gap or spent or sum(tree.size for _, tree in trees) == before:
            return best


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


def _better(best: Best, chosen: Names, value: float, bound: float) -> Best:
    bound = min(max(best.bound, bound), best.value, value)
    return Best(chosen, value, bound) if value < best.value else Best(best.chosen, best.value, bound)


def _value(trees: Sequence[tuple[float, Statement]], prices: dict[str, float], chosen: Names) -> float:
    return sum(weight * tree.at_most(chosen) for weight, tree in trees) + sum(prices[name] for name in chosen)
