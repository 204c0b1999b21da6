"""Selection: which candidates to take, by what all statements gain a byte."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dbengineer.tools.facts import Fact
from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.indexes.what_if import Planner
from dbengineer.tools.queries.running import Unplannable
from dbengineer.tools.queries.workload import Statement

LEAST_GAIN = 0.01
FLOOR_OF_SLOW = 0.05
PRICE_OF_SIZE = 0.25


class Change(Fact):
    """What a selection does to one statement, in the planner's units for one call; `used` names indexes of it."""

    fingerprint: str
    before: float
    after: float
    used: tuple[str, ...] = ()

    @property
    def ratio(self) -> float:
        """The cost afterwards divided by the cost before."""
        return self.after / self.before if self.before else 1.0


class Selection(Fact):
    """The chosen indexes; costs are those of all calls of all statements that could be planned."""

    indexes: tuple[Candidate, ...] = ()
    bytes: tuple[int, ...] = ()
    base_cost: float = 0
    cost: float = 0
    statements: tuple[Change, ...] = ()
    explain_calls: int = 0
    unplannable: dict[str, str] = {}

    def change(self, fingerprint: str) -> Change | None:
        """What the selection does to a statement, if it could be planned."""
        return next((c for c in self.statements if c.fingerprint == fingerprint), None)


class _Scale:
    """What a set of indexes is worth: the sum over statements of weight × cost ÷ cost without any."""

    def __init__(self, planner: Planner, statements: Iterable[Statement], accepted: Iterable[Candidate]) -> None:
        self.planner = planner
        self.base: dict[str, float] = {}
        self.unplannable: dict[str, str] = {}
        everything = frozenset(c.name for c in accepted)
        self.statements = [s for s in statements if self._plannable(s, everything)]
        self.weights = {s.fingerprint: max(s.share, FLOOR_OF_SLOW if s.slow else 0.0) for s in self.statements}

    def _plannable(self, statement: Statement, everything: frozenset[str]) -> bool:
        try:
            self.planner.cost(statement, everything)
            self.base[statement.fingerprint] = self.planner.cost(statement)
        except Unplannable as error:
            self.unplannable[statement.fingerprint] = str(error)
            return False
        return True

    def value(self, chosen: frozenset[str]) -> float:
        total = sum(self.weights.values()) or 1.0
        costs = ((s, self.planner.cost(s, chosen)) for s in self.statements)
        return sum(self.weights[s.fingerprint] * cost / (self.base[s.fingerprint] or 1) for s, cost in costs) / total


def select(
    planner: Planner, statements: Sequence[Statement], candidates: Iterable[Candidate], budget: int | None = None
) -> Selection:
    """Takes the candidate that gains most a byte, again and again, until the next gains less than 1 % or the
    budget is full.

    Statements weigh by their share of the time; slow ones at least 5 %. In the end an index is given back when all
    others together do without it.
    """
    accepted = planner.add(candidates)
    scale = _Scale(planner, statements, accepted)
    chosen = _shrunk(scale, _grown(scale, accepted, budget))
    names = frozenset(c.name for c in chosen)
    changes = tuple(
        Change(
            fingerprint=s.fingerprint,
            before=scale.base[s.fingerprint],
            after=planner.cost(s, names),
            used=tuple(sorted(planner.used(s, names))),
        )
        for s in scale.statements
    )
    calls = {s.fingerprint: s.calls for s in scale.statements}
    return Selection(
        indexes=tuple(chosen),
        bytes=tuple(planner.bytes(c) for c in chosen),
        base_cost=sum(calls[c.fingerprint] * c.before for c in changes),
        cost=sum(calls[c.fingerprint] * c.after for c in changes),
        statements=changes,
        explain_calls=planner.calls,
        unplannable=scale.unplannable,
    )


def _grown(scale: _Scale, candidates: list[Candidate], budget: int | None) -> list[Candidate]:
    chosen: list[Candidate] = []
    names: frozenset[str] = frozenset()
    value, left = scale.value(names), float("inf") if budget is None else float(budget)
    while True:
        options = [c for c in candidates if c.name not in names and scale.planner.bytes(c) <= left]
        worth = [(value - scale.value(names | {c.name}), c) for c in options]
        worth = [(gain, c) for gain, c in worth if gain >= _least(scale, c)]
        if not worth:
            return chosen
        gain, best = max(worth, key=lambda w: (w[0] / _effective_bytes(scale, w[1]), w[1].name))
        chosen.append(best)
        names |= {best.name}
        value, left = value - gain, left - scale.planner.bytes(best)


def _least(scale: _Scale, candidate: Candidate) -> float:
    """What an index has to gain: 1 %, or a quarter of the share that it adds to the size of the tables."""
    return max(LEAST_GAIN, PRICE_OF_SIZE * scale.planner.bytes(candidate) / (scale.planner.table_bytes or 1))


def _effective_bytes(scale: _Scale, candidate: Candidate) -> float:
    """Every index costs writes, however small it is: none counts less than 1 MB."""
    return max(scale.planner.bytes(candidate), 1 << 20)


def _shrunk(scale: _Scale, chosen: list[Candidate]) -> list[Candidate]:
    kept = list(chosen)
    for candidate in chosen:
        names = frozenset(c.name for c in kept)
        if scale.value(names - {candidate.name}) - scale.value(names) < _least(scale, candidate):
            kept.remove(candidate)
    return kept
