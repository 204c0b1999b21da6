"""Widening: further keys of an index where they make what it serves much cheaper than it alone does.

What an index gains is measured against the whole workload, where the first column often gains nearly all; but whoever
makes an index takes the columns with it that spare the statement most of what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.indexes.tree import Names

LEFT, WORSE = 0.75, 1.01
"""What is left of the costs of the statements that change, at most, and what one of them may rise."""
Costs = Callable[[Names], Mapping[str, float]]


def widened(chosen: Names, made: Mapping[str, Candidate], costs: Costs, size: Callable[[str], int]) -> Names:
    """The set with each index replaced by the best of those that begin like it, where that pays.

    `costs` tells what each statement costs with a set, weighed; `size` the bytes of an index.
    """
    for name in sorted(chosen & made.keys()):
        now = costs(chosen)
        tried = [(costs(chosen - {name} | {other}), other) for other in _further(name, chosen, made)]
        paying = [(sum(then.values()), size(other), other) for then, other in tried if _pays(now, then)]
        if paying:
            chosen = chosen - {name} | {min(paying)[2]}
    return chosen


def _further(name: str, chosen: Names, made: Mapping[str, Candidate]) -> list[str]:
    """Those that begin with the same key, and hold more."""
    narrow = made[name]
    return [
        other
        for other, wide in made.items()
        if other not in chosen
        and (wide.table, wide.method) == (narrow.table, narrow.method)
        and {k.expression for k in narrow.keys} <= {k.expression for k in wide.keys}
        and wide.keys[0].expression in {k.expression for k in narrow.keys}
    ]


def _pays(now: Mapping[str, float], then: Mapping[str, float]) -> bool:
    changed = [name for name, cost in now.items() if then[name] != cost]
    before, after = sum(now[name] for name in changed), sum(then[name] for name in changed)
    return bool(changed) and after <= LEFT * before and all(then[name] <= WORSE * now[name] for name in changed)
