"""Selection: the set of candidates that is worth most to all statements, and how far from the best it can be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from math import inf
from typing import Literal

from dbengineer.tools.facts import Fact
from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.indexes.clock import EXPLORED, LOOKED, MADE, SEARCHED, Clock
from dbengineer.tools.indexes.master import Option, Rules
from dbengineer.tools.indexes.relaxing import explore
from dbengineer.tools.indexes.search import Best, Effort, better, search
from dbengineer.tools.indexes.tree import Answer, Names, Tree
from dbengineer.tools.indexes.what_if import Planner
from dbengineer.tools.indexes.widening import widened
from dbengineer.tools.queries.running import Unplannable
from dbengineer.tools.queries.workload import Statement

LEAST_GAIN = 0.01
FLOOR_OF_SLOW = 0.05
PRICE_OF_SIZE, SLOPE = 0.25, 0.05
NOTHING, TOO_LITTLE, TOGETHER = 1e-6, 2e-4, 0.02
"""With a budget: the price that keeps an index out which no plan uses, and the gain that is not worth an index, with
many statements this share divided by their number."""
MADE_AT_ONCE = 250


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

    `least` is the cost with every candidate that fits the budget by itself; `bound` is what no set within the budget
    can be below, `gap` how far (0 to 1) the selection's value may be from the best one; `drops` names existing indexes;
    `promising` are all candidates that some plan on the way used, those with the largest gain first.

    Where time ran out: `tried` are the candidates that there was time for, and the statements `unseen` were not planned
    with them, so that `bound` takes them to cost nothing, and `cost` what they cost without, or with what is known.
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
    tried: int = 0
    unseen: tuple[str, ...] = ()

    def change(self, fingerprint: str) -> Change | None:
        """What the selection does to a statement, if it could be planned."""
        return next((c for c in self.statements if c.fingerprint == fingerprint), None)


class _Scale:
    """The trees of all statements, weighed so that the workload without any candidate has the value 1."""

    def __init__(self, planner: Planner, statements: Iterable[Statement], budget: int | None, terms: Terms) -> None:
        self.planner = planner
        self.budget = budget
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
            known = ask(pool & self.there)
        except Unplannable as error:
            self.unplannable[statement.fingerprint] = str(error)
            return False
        self.trees[statement.fingerprint] = Tree(ask, pool, self._order, self._room, known)
        self.base[statement.fingerprint] = known.cost
        return True

    def look(self, clock: Clock) -> None:
        """Asks what each statement costs with all candidates, the heaviest first, as long as there is time."""
        for name in sorted(self.trees, key=lambda n: -self.weights[n] * self.base[n]):
            if clock.past(LOOKED):
                return
            try:
                self.trees[name].look()
            except Unplannable as error:
                self._leave_out(name, str(error))

    def _leave_out(self, name: str, why: str) -> None:
        self.unplannable[name] = why
        self.base_cost -= self.calls[name] * self.base.pop(name)
        self.statements = [s for s in self.statements if s.fingerprint != name]
        del self.trees[name], self.weights[name]

    @property
    def unseen(self) -> tuple[str, ...]:
        """The statements that were never planned with all candidates."""
        return tuple(name for name, tree in self.trees.items() if not tree.seen)

    @cached_property
    def _users(self) -> dict[str, list[tuple[float, Tree]]]:
        """The trees that an index may matter to, by its name."""
        found: dict[str, list[tuple[float, Tree]]] = defaultdict(list)
        for weight, tree in self.weighed():
            for name in tree.pool:
                found[name].append((weight, tree))
        return found

    def loss(self, name: str, chosen: Names) -> float:
        """How much more a set costs without one of its indexes, by all that is known."""
        users, without = self._users.get(name, ()), chosen - {name}
        return sum(weight * (tree.at_most(without) - tree.at_most(chosen)) for weight, tree in users)

    def _order(self, name: str) -> float:
        """The largest first: it is the likeliest to have no room."""
        return -self._bytes(name)

    def _room(self, held: Names, available: Names) -> Names | None:
        """What the budget leaves room for beside what is held."""
        if self.budget is None:
            return available
        left = self.budget - sum(map(self._bytes, held))
        return held | {name for name in available if self._bytes(name) <= left} if left >= 0 else None

    def _bytes(self, name: str) -> int:
        return 0 if name in self.there else self.planner.size_of(name)

    def _by_share(self) -> dict[str, float]:
        shares = {s.fingerprint: max(s.share, FLOOR_OF_SLOW if s.slow else 0.0) for s in self.statements}
        total = sum(shares.values()) or 1.0
        return {name: share / total / (self.base[name] or 1.0) for name, share in shares.items()}

    def _by_calls(self) -> dict[str, float]:
        return {name: calls / (self.base_cost or 1.0) for name, calls in self.calls.items()}

    def weighed(self) -> list[tuple[float, Tree]]:
        """Every tree with its weight."""
        return [(self.weights[name], tree) for name, tree in self.trees.items()]

    def costs(self, chosen: Names) -> dict[str, float]:
        """What each statement costs with a set, weighed."""
        return {
            s.fingerprint: self.weights[s.fingerprint] * self.planner.answer(s, chosen & self.planner.on(s)).cost
            for s in self.statements
        }

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
    clock: Clock | None = None,
) -> Selection:
    """The set of candidates with the least value within a budget in bytes, by lazy trees and a master program.

    `found` is told of every improvement, so that there is an answer at any time; `clock` is that of a longer work.
    """
    terms = terms or Terms()
    clock = clock or Clock(terms.effort.seconds)
    accepted = {c.name: c for c in _made(planner, list(candidates), clock)}
    scale = _Scale(planner, statements, budget, terms)
    scale.look(clock)
    options = _options(scale, accepted, terms)
    rules = Rules(budget=budget, at_most=terms.at_most, needs=terms.keep)
    best = _searched(scale, options, rules, terms.effort, found, clock)
    chosen = _shrunk(scale, best.chosen, accepted, terms)
    if terms.worth and not clock.past(SEARCHED):
        chosen = widened(chosen, accepted, scale.costs, planner.size_of)
    prices = sum(option.price for option in options if option.name in chosen)
    return _selection(scale, chosen, accepted, (best.bound, prices), terms, clock)


def _made(planner: Planner, candidates: list[Candidate], clock: Clock) -> list[Candidate]:
    """As many candidates as there is time to make, in their order; at least some."""
    made: list[Candidate] = []
    for at in range(0, len(candidates), MADE_AT_ONCE):
        if at and clock.past(MADE):
            break
        made += planner.add(candidates[at : at + MADE_AT_ONCE])
    return made


def _searched(
    scale: _Scale,
    options: Sequence[Option],
    rules: Rules,
    effort: Effort,
    found: Callable[[Best], None],
    clock: Clock,
) -> Best:
    """Questions that the relaxed program asks first, since it is quick; then the search in whole numbers."""
    trees, planner = scale.weighed(), scale.planner

    def enough() -> bool:
        return planner.calls >= effort.calls

    relaxed = Best(scale.there, inf, 0.0)
    if options:
        until = clock.at(EXPLORED)
        relaxed = explore(trees, options, rules, gap=effort.gap, until=until, enough=enough, start=scale.there)
    left = effort.model_copy(update={"seconds": clock.seconds * SEARCHED - clock.spent})
    best = search(trees, options, rules, effort=left, calls=lambda: planner.calls, start=scale.there, found=found)
    return better(best, relaxed)


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
    little = min(TOO_LITTLE, TOGETHER / max(len(scale.trees), 1))
    for name in sorted(chosen & accepted.keys(), key=lambda n: (scale.loss(n, chosen), n)):
        least = _least(scale.planner, accepted[name]) if terms.worth else little
        if scale.loss(name, chosen) < least:
            chosen -= {name}
    return chosen


def _selection(
    scale: _Scale,
    chosen: Names,
    accepted: Mapping[str, Candidate],
    proven: tuple[float, float],
    terms: Terms,
    clock: Clock,
) -> Selection:
    """What is told of a set; `proven` is the bound, and what the indexes of the set cost, in the program's units."""
    planner, (bound, prices) = scale.planner, proven
    answers = {s.fingerprint: _answer(scale, s, chosen, clock) for s in scale.statements}
    order = sorted(chosen & accepted.keys(), key=lambda n: (-scale.loss(n, chosen), n))
    least = scale.cost(lambda tree: tree.least)
    value = prices + sum(scale.weights[name] * answer.cost for name, answer in answers.items())
    return Selection(
        indexes=tuple(accepted[name] for name in order),
        bytes=tuple(planner.bytes(accepted[name]) for name in order),
        base_cost=scale.base_cost,
        cost=sum(scale.calls[name] * answer.cost for name, answer in answers.items()),
        least=least,
        bound=least if terms.worth else max(least, bound * scale.base_cost),
        gap=max(0.0, 1 - bound / value) if value else 0.0,
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
        seconds=round(clock.spent, 3),
        unplannable=scale.unplannable,
        promising=_promising(scale, accepted),
        tried=len(accepted) + len(planner.refused),
        unseen=scale.unseen,
    )


def _answer(scale: _Scale, statement: Statement, chosen: Names, clock: Clock) -> Answer:
    """The plan of a statement with a set; once time is over the best one that is known to be possible."""
    known = scale.trees[statement.fingerprint].best(chosen) if clock.past(1.0) else None
    return known or scale.planner.answer(statement, chosen & scale.planner.on(statement))


def _promising(scale: _Scale, accepted: Mapping[str, Candidate]) -> tuple[tuple[Candidate, int], ...]:
    gains: dict[str, float] = {}
    for fingerprint, tree in scale.trees.items():
        for used, cost in tree.plans().items():
            gain = scale.weights[fingerprint] * (scale.base[fingerprint] - cost)
            for name in used & accepted.keys():
                gains[name] = max(gains.get(name, 0.0), gain)
    order = sorted(gains, key=lambda n: (-gains[n], n))
    return tuple((accepted[name], scale.planner.size_of(name)) for name in order)
