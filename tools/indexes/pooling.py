"""The pool: which candidates are tried where a workload has more of them than can be made and weighed in its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dbengineer.tools.facts import Fact
from dbengineer.tools.indexes.basing import Based
from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.indexes.clock import NAMED, Clock

MOST = 1500
"""To make a candidate and to take it away takes about 8 ms, ever longer with more of them."""
NEARLY_ALL = 0.99
Named = Mapping[Candidate, frozenset[str]]


class Pool(Fact):
    """The candidates that are kept, of how many that were found, and the fingerprints of the statements all of whose
    own candidates are among them."""

    kept: tuple[Candidate, ...]
    found: int
    served: frozenset[str]


class Naming:
    """Goes through statements, given with their costs and the heaviest first, while candidates are named for them."""

    def __init__(self, costs: Mapping[str, float], clock: Clock) -> None:
        self.done: list[str] = []
        """The statements that candidates were named for."""
        self._left = iter(costs.items())
        self._total = sum(costs.values())
        self._seen = 0.0
        self._clock = clock

    def enough(self, found: int) -> bool:
        """Whether to leave the statements that follow: the time for it is over, or there are more candidates than can
        be tried and next to all of the cost was seen."""
        if self._clock.past(NAMED) or (found >= MOST and self._seen >= NEARLY_ALL * self._total):
            return True
        name, cost = next(self._left)
        self.done.append(name)
        self._seen += cost
        return False


def pool(named: Named, based: Based, asked: Sequence[str], most: int = MOST) -> Pool:
    """The candidates whose statements cost most together; `asked` are the statements that candidates were named for."""
    kept = tuple(named)
    if len(named) > most:
        worth = {candidate: sum(based.costs[name] for name in own) for candidate, own in named.items()}
        kept = tuple(sorted(named, key=lambda c: (-worth[c], c.body))[:most])
    missing = frozenset[str]().union(*(named[c] for c in named.keys() - set(kept)))
    return Pool(kept=kept, found=len(named), served=frozenset(asked) - missing)
