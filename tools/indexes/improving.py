"""The search by time: a master program chooses by what was measured and what is hoped, what it chose is measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dbengineer.tools.indexes import master
from dbengineer.tools.indexes.master import Option, Rules, Sure
from dbengineer.tools.indexes.measured import Measured
from dbengineer.tools.indexes.tree import Names

LEAST_GAIN = 0.002
"""The share of the workload's time that an index has to gain."""
GAP = 0.003
EAGER = (1.0, 0.8, 0.6)
"""The share of what is hoped for that is hoped for next, once nothing that was hoped for is left and there is time."""
ASKED = 25
"""How often a set is chosen anew, at most, because of what was asked, before its plans are run."""


@dataclass(frozen=True)
class Found:
    """The best set so far, and its value: the share of the time that the workload takes without any candidate."""

    chosen: Names
    value: float


Weighed = Sequence[tuple[float, Measured]]


def improve(
    trees: Weighed,
    options: Sequence[Option],
    rules: Rules,
    *,
    start: Names,
    until: float,
    told: Callable[[Found], None] = lambda found: None,
) -> Found:
    """The best set that was found until a moment of the clock, or sooner where nothing better can be hoped for."""
    for _, tree in trees:
        tree.learn(start)
    best = Found(start, _value(trees, start))
    for eager in EAGER:
        for _, tree in trees:
            tree.eager = eager
        known = False
        while not known and time.perf_counter() < until:
            known = _learn(trees, _choice(trees, options, rules, until), until)
            better = _best_known(trees, options, rules, best)
            if better.value < best.value:
                best = better
                told(best)
    return _shrunk(trees, best, until)


def _choice(trees: Weighed, options: Sequence[Option], rules: Rules, until: float) -> Names:
    """The best set by what is known and hoped, all of whose plans were asked for: to ask is quick, to run is not."""
    for _ in range(ASKED):
        before = sum(tree.size for _, tree in trees)
        choice = master.solve(trees, options, rules, gap=GAP).chosen
        for _, tree in trees:
            tree.plan(choice)
        if sum(tree.size for _, tree in trees) == before or time.perf_counter() > until:
            break
    return choice


def _best_known(trees: Weighed, options: Sequence[Option], rules: Rules, best: Found) -> Found:
    """The best of the sets whose plans were all run, which may be one that was never tried as a whole."""
    sure = [(weight, Sure(tree)) for weight, tree in trees]
    choice = master.solve(sure, options, rules, gap=GAP).chosen
    value = _value(trees, choice)
    return Found(choice, value) if value < best.value else best


def _learn(trees: Weighed, chosen: Names, until: float) -> bool:
    """Measures the plans of a set that were not run yet, the most hopeful first; whether there were none."""
    doubtful = [tree for _, tree in trees if tree.doubt(chosen)]
    for tree in sorted(doubtful, key=lambda tree: tree.hoped(chosen)):
        if time.perf_counter() > until:
            break
        tree.learn(chosen)
    return not doubtful


def _value(trees: Weighed, chosen: Names) -> float:
    return sum(weight * tree.at_most(chosen) for weight, tree in trees)


def _shrunk(trees: Weighed, best: Found, until: float) -> Found:
    """Without what no plan of the set uses enough to notice."""
    for name in sorted(best.chosen):
        without = best.chosen - {name}
        _learn(trees, without, until)
        value = _value(trees, without)
        if value - best.value < LEAST_GAIN:
            best = Found(without, value)
    return best
