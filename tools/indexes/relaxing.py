"""Relaxing: the master program without whole numbers, which is solved in milliseconds, shows what is worth asking.

It takes shares of ways. What it takes of a leaf is a promise that nobody has looked at, so those are asked about until
it hardly rests on promises any more; only then is the program worth solving in whole numbers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from dbengineer.tools.indexes import master
from dbengineer.tools.indexes.master import Option, Relaxed, Rules, Statement
from dbengineer.tools.indexes.search import Best, better, value
from dbengineer.tools.indexes.tree import Names

MOST_OF_IT, REST = 0.8, 0.1
"""The share of all promises that is looked at in a round, and the share of the wanted gap that is left to promises."""
Doubt = tuple[float, Statement, Names]


def explore(
    trees: Sequence[tuple[float, Statement]],
    options: Sequence[Option],
    rules: Rules,
    *,
    gap: float,
    until: float,
    enough: Callable[[], bool],
    start: Names = frozenset(),
) -> Best:
    """Asks about what the relaxed program rests on; gives back the best of the rounded sets and `start`, and the bound.

    It ends where less than a tenth of `gap` is promises, at the time `until` (time.perf_counter), or with `enough`.
    """
    prices = {option.name: option.price for option in options}
    best = Best(start, value(trees, prices, start), 0.0)
    while (left := until - time.perf_counter()) > 0:
        relaxed = master.relaxed(trees, options, rules, seconds=left)
        if relaxed is None:
            break
        chosen = rounded(relaxed, options, rules)
        doubts = _doubts(trees, relaxed, chosen)
        promised = sum(doubt for doubt, _, _ in doubts)
        learnt = promised > gap * REST * relaxed.bound and _learnt(doubts, MOST_OF_IT * promised, until, enough)
        best = better(best, Best(chosen, value(trees, prices, chosen), relaxed.bound))
        if not learnt:
            break
    return best


def _learnt(doubts: Sequence[Doubt], most: float, until: float, enough: Callable[[], bool]) -> bool:
    """Asks about the largest doubts, so many in all; whether there was time for it."""
    looked_at = 0.0
    for doubt, tree, inside in doubts:
        if time.perf_counter() > until or enough():
            return False
        tree.learn(inside)
        looked_at += doubt
        if looked_at > most:
            break
    return True


def rounded(relaxed: Relaxed, options: Sequence[Option], rules: Rules) -> Names:
    """The options that it takes most of, as far as there is room, with all that may not go without another; nothing
    where other rules than these hold."""
    if rules.beside:
        return frozenset()
    left = rules.budget if rules.budget is not None else float("inf")
    places = dict(rules.at_most)
    chosen = set(rules.needs)
    for option in sorted(options, key=lambda o: -relaxed.shares[o.name]):
        wanted = relaxed.shares[option.name] > 0.01 and option.name not in chosen
        if wanted and option.bytes <= left and places.get(option.table, 1) > 0:
            chosen.add(option.name)
            left -= option.bytes
            places[option.table] = places.get(option.table, len(options)) - 1
    return frozenset(chosen)


def _doubts(trees: Sequence[tuple[float, Statement]], relaxed: Relaxed, chosen: Names) -> list[Doubt]:
    """What may be less than known, by the share taken of it, the most first; a set is named inside each leaf."""
    found = []
    for (weight, tree), taken in zip(trees, relaxed.taken, strict=True):
        for share, way in taken:
            inside = way.held | (chosen - way.missing)
            doubt = weight * share * tree.doubt(inside) if weight else 0.0
            if doubt > 0:
                found.append((doubt, tree, inside))
    return sorted(found, key=lambda f: -f[0])
