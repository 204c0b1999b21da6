"""What statements cost as they are: one question each, the heaviest first, before anything is tried for them."""

from __future__ import annotations

from collections.abc import Sequence

from dbengineer.tools.facts import Fact
from dbengineer.tools.indexes.clock import BASED, Clock
from dbengineer.tools.indexes.what_if import Planner
from dbengineer.tools.queries.running import Unplannable
from dbengineer.tools.queries.workload import Statement


class Based(Fact):
    """Costs of all calls in the planner's units by fingerprint, the heaviest first; why the `refused` cannot be
    planned; and the fingerprints of those that there was no time for."""

    costs: dict[str, float]
    refused: dict[str, str] = {}
    unreached: tuple[str, ...] = ()

    def share(self, of: float) -> float:
        """The share that a cost is of all costs (0 to 1)."""
        total = sum(self.costs.values())
        return of / total if total else 1.0


def based(planner: Planner, statements: Sequence[Statement], clock: Clock) -> Based:
    """Plans each statement once; before that only its time, or else its calls, say which are the heaviest."""
    costs: dict[str, float] = {}
    refused: dict[str, str] = {}
    unreached: list[str] = []
    for statement in sorted(statements, key=lambda s: (-s.total_ms, -s.calls)):
        name = statement.fingerprint
        if clock.past(BASED):
            unreached.append(name)
            continue
        try:
            costs[name] = statement.calls * planner.as_it_is(statement)
        except Unplannable as error:
            refused[name] = str(error)
    heaviest = dict(sorted(costs.items(), key=lambda item: -item[1]))
    return Based(costs=heaviest, refused=refused, unreached=tuple(unreached))
