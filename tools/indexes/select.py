"""Selection: the set of candidates that is worth most to all statements, and how far from the best it can be."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

from dbengineer.tools.facts import Fact
from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.indexes.master import Option, Rules
from dbengineer.tools.indexes.search import Best, Effort, search
from dbengineer.tools.indexes.tree import Answer, Names, Tree
from dbengineer.tools.indexes.what_if import Planner
from dbengineer.tools.queries.running import Unplannable
from dbengineer.tools.queries.workload import Statement

LEAST_GAIN = 0.01
FLOOR_OF_SLOW = 0.05
PRICE_OF_SIZE, SLOPE = 0.25, 0.05
NOTHING, TOO_LITTLE = 1e-6, 2e-4
"""With a budget: the price that keeps an index out which no plan uses, and the gain that is not worth an index."""


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


class Terms(Fact):
    """How a selection weighs, and what it keeps to.

    Weighed by "share", a statement counts with its share of the time, and an index has to gain 1 % or a quarter of
    what it adds to the tables; by "calls" the planner's cost of all calls is minimized within the budget. `writes` is
    what having an index costs, by its name and in the planner's units; `keep` names existing indexes that may go only
    where one of the others named there is present.
    """

    weigh: Literal["share", "calls"] = "share"
    worth: bool = True
    at_most: dict[str, int] = {}
    writes: dict[str, float] = {}
    keep: dict[str, tuple[str, ...]] = {}
    effort: Effort = Effort()


class Selection(Fact):
    """The chosen indexes, the most useful first; costs are those of all calls of all statements that could be planned.

    `least` is the cost with every candidate there is; `bound` is what no set within the budget can be below, `gap`
    how far (0 to 1) the selection's value may be from the best one; `drops` names existing indexes; `promising` are all
    candidates that some plan on the way used, those with the largest gain first.
    """

    indexes: tuple[Candidate, ...] = ()
    bytes: tuple[int, ...] = ()
    base_cost: float = 0
    cost: float = 0
    least: float = 0
    bound: float = 0
    gap: float = 0
    write_cost: float = 0
    drops: tuple[str, ...] = ()
    statements: tuple[Change, ...] = ()
    explain_calls: int = 0
    seconds: float = 0
    unplannable: dict[str, str] = {}
    promising: tuple[tuple[Candidate, int], ...] = ()

    def change(self, fingerprint: str) -> Change | None:
        """What the selection does to a statement, if it could be planned."""
        return next((c for c in self.statements if c.fingerprint == fingerprint), None)


class _Scale:
    """The trees of all statements, weighed so that the workload without any candidate has the value 1."""

    def __init__(self, planner: Planner, statements: Iterable[Statement], terms: Terms) -> None:
        self.planner = planner
        self.there = planner.existing
        self.trees: dict[str, Tree] = {}
        self.base: dict[str, float] = {}
        self.unplannable: dict[str, str] = {}
        self.statements = [s for s in statements if self._plannable(s)]
        self.calls = {s.fingerprint: s.calls for s in self.statements}
        self.base_cost = sum(self.calls[name] * cost for name, cost in self.base.items())
        self.weights = self._by_share() if terms.weigh == "share" else self._by_calls()

    def _plannable(self, statement: Statement) -> bool:
        def ask(chosen: Names) -> Answer:
            return self.planner.answer(statement, chosen)

        try:
            pool = self.planner.on(statement)
            self.trees[statement.fingerprint] = Tree(ask, pool, lambda name: -self.planner.size_of(name))
            self.base[statement.fingerprint] = ask(pool & self.there).cost
        except Unplannable as error:
            self.trees.pop(statement.fingerprint, None)
            self.unplannable[statement.fingerprint] = str(error)
            return False
        return True

    def _by_share(self) -> dict[str, float]:
        shares = {s.fingerprint: max(s.share, FLOOR_OF_SLOW if s.slow else 0.0) for s in self.statements}
        total = sum(shares.values()) or 1.0
        return {name: share / total / (self.base[name] or 1.0) for name, share in shares.items()}

    def _by_calls(self) -> dict[str, float]:
        return {name: calls / (self.base_cost or 1.0) for name, calls in self.calls.items()}

    def weighed(self) -> list[tuple[float, Tree]]:
        """Every tree with its weight."""
        return [(self.weights[name], tree) for name, tree in self.trees.items()]

    def value(self, chosen: Names) -> float:
        """What a set is worth by all that is known."""
        return sum(weight * tree.at_most(chosen) for weight, tree in self.weighed())

    def cost(self, of: Callable[[Tree], float]) -> float:
        """A cost of all calls of all statements."""
        return sum(self.calls[name] * of(tree) for name, tree in self.trees.items())


def select(
    planner: Planner,
    statements: Sequence[Statement],
    candidates: Iterable[Candidate],
    budget: int | None = None,
    terms: Terms | None = None,
    found: Callable[[Best], None] = lambda best: None,
) -> Selection:
    """The set of candidates with the least value within a budget in bytes, by lazy trees and a master program.

    `found` is told of every improvement, so that there is an answer at any time.
    """
    began, terms = time.perf_counter(), terms or Terms()
    accepted = {c.name: c for c in planner.add(candidates)}
    scale = _Scale(planner, statements, terms)
    options = _options(scale, accepted, terms)
    rules = Rules(budget=budget, at_most=terms.at_most, needs=terms.keep)
    best = search(
        scale.weighed(),
        options,
        rules,
        effort=terms.effort,
        calls=lambda: planner.calls,
        start=scale.there,
        found=found,
    )
    chosen = _shrunk(scale, best.chosen, accepted, terms)
    return _selection(scale, chosen, accepted, best, terms, time.perf_counter() - began)


def _options(scale: _Scale, accepted: Mapping[str, Candidate], terms: Terms) -> list[Option]:
    """The candidates, and the existing indexes that may go, which take nothing of the budget."""
    base, planner = scale.base_cost or 1.0, scale.planner
    new = [
        Option(
            name=name,
            table=candidate.table,
            bytes=planner.bytes(candidate),
            price=(_least(planner, candidate) if terms.worth else NOTHING) + terms.writes.get(name, 0.0) / base,
        )
        for name, candidate in accepted.items()
    ]
    old = [
        Option(name=name, table="", bytes=0, price=NOTHING + terms.writes.get(name, 0.0) / base) for name in scale.there
    ]
    return new + old


def _least(planner: Planner, candidate: Candidate) -> float:
    """What an index has to gain: 1 %, or a quarter of the share that it adds to the size of the tables."""
    share = planner.bytes(candidate) / (planner.table_bytes or 1)
    return max(LEAST_GAIN + SLOPE * share, PRICE_OF_SIZE * share)


def _shrunk(scale: _Scale, chosen: Names, accepted: Mapping[str, Candidate], terms: Terms) -> Names:
    """Without the indexes that gain too little for anybody to look at them."""
    for name in sorted(chosen & accepted.keys(), key=lambda n: (scale.value(chosen - {n}), n)):
        least = _least(scale.planner, accepted[name]) if terms.worth else TOO_LITTLE
        if scale.value(chosen - {name}) - scale.value(chosen) < least:
            chosen -= {name}
    return chosen


def _selection(
    scale: _Scale, chosen: Names, accepted: Mapping[str, Candidate], best: Best, terms: Terms, seconds: float
) -> Selection:
    planner = scale.planner
    answers = {s.fingerprint: planner.answer(s, chosen & planner.on(s)) for s in scale.statements}
    order = sorted(chosen & accepted.keys(), key=lambda n: (-scale.value(chosen - {n}), n))
    least = scale.cost(lambda tree: tree.at_most(tree.pool))
    return Selection(
        indexes=tuple(accepted[name] for name in order),
        bytes=tuple(planner.bytes(accepted[name]) for name in order),
        base_cost=scale.base_cost,
        cost=sum(scale.calls[name] * answer.cost for name, answer in answers.items()),
        least=least,
        bound=least if terms.worth else max(least, best.bound * scale.base_cost),
        gap=best.gap,
        write_cost=sum(terms.writes.get(name, 0.0) for name in order),
        drops=tuple(sorted(scale.there - chosen)),
        statements=tuple(
            Change(
                fingerprint=name,
                before=scale.base[name],
                after=answer.cost,
                used=tuple(sorted(answer.used & accepted.keys())),
            )
            for name, answer in answers.items()
        ),
        explain_calls=planner.calls,
        seconds=round(seconds, 3),
        unplannable=scale.unplannable,
        promising=_promising(scale, accepted),
    )


def _promising(scale: _Scale, accepted: Mapping[str, Candidate]) -> tuple[tuple[Candidate, int], ...]:
    gains: dict[str, float] = {}
    for fingerprint, tree in scale.trees.items():
        for used, cost in tree.plans().items():
            gain = scale.weights[fingerprint] * (scale.base[fingerprint] - cost)
            for name in used & accepted.keys():
                gains[name] = max(gains.get(name, 0.0), gain)
    order = sorted(gains, key=lambda n: (-gains[n], n))
    return tuple((accepted[name], scale.planner.size_of(name)) for name in order)
