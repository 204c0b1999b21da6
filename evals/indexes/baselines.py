"""The two best published heuristics, written from their papers, on the same what-if planner and the same sizes.

Extend: R. Schlosser, J. Kossmann, M. Boissier, "Efficient Scalable Multi-Attribute Index Selection Using Recursive
Strategies", ICDE 2019. Anytime DTA: S. Chaudhuri, V. Narasayya, "Anytime Algorithm of Database Tuning Advisor for
Microsoft SQL Server", 2020. Their questions are counted as they count them: a statement's cost is asked once for each
set of indexes on its tables.

As published they also take an index that repeats the beginning of a key that is there, such as the first column of a
primary key. With `existing` they keep to our rule that there is none.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Sequence

from dbengineer.tools.facts import Fact
from dbengineer.tools.indexes.candidate import Candidate, Key
from dbengineer.tools.indexes.what_if import Planner
from dbengineer.tools.queries import sql
from dbengineer.tools.queries.usage import Names, uses
from dbengineer.tools.queries.workload import Statement

IMPROVEMENT = 1.003
"""Extend goes on as long as a step makes the workload this much cheaper."""


class Outcome(Fact):
    """What a heuristic found: the ratio of costs, the bytes, EXPLAIN calls and seconds."""

    ratio: float
    bytes: int
    calls: int
    seconds: float
    indexes: tuple[str, ...] = ()


class Costs:
    """The costs of a workload with sets of candidates, each asked once for each statement that could use them."""

    def __init__(
        self,
        planner: Planner,
        statements: Sequence[Statement],
        names: Names,
        existing: Sequence[Candidate] = (),
    ) -> None:
        self.planner = planner
        self.existing = existing
        self.statements = list(statements)
        self.columns = {s.fingerprint: columns(s, names) for s in self.statements}
        self.calls = 0
        self._known: dict[tuple[str, frozenset[Candidate]], tuple[float, set[str]]] = {}

    def one(self, statement: Statement, chosen: Iterable[Candidate]) -> tuple[float, set[str]]:
        """The cost of one statement, and the names of the indexes that its plan uses."""
        own = self.columns[statement.fingerprint]
        relevant = frozenset(c for c in chosen if c.keys[0].expression in own.get(c.table, ()))
        key = statement.fingerprint, relevant
        if key not in self._known:
            self.calls += 1
            plan = self.planner.plan(statement, frozenset(c.name for c in relevant))
            self._known[key] = plan.cost, plan.indexes()
        return self._known[key]

    def repeats(self, candidate: Candidate) -> bool:
        """Whether it is the beginning of an index that has to be kept in mind."""
        return any(index.serves(candidate) for index in self.existing)

    def all(self, chosen: Iterable[Candidate]) -> float:
        """The cost of all calls of all statements."""
        chosen = list(chosen)
        return sum(s.calls * self.one(s, chosen)[0] for s in self.statements)

    def bytes(self, chosen: Iterable[Candidate]) -> int:
        """The estimated size of a set."""
        return sum(self.planner.bytes(c) for c in chosen)


def columns(statement: Statement, names: Names) -> dict[str, list[str]]:
    """The columns that a statement uses, by table."""
    found: dict[str, dict[str, None]] = {}
    for use in uses(statement.text, names):
        found.setdefault(use.table, {}).update(dict.fromkeys(sql.identifier(c) for c in use.columns))
    return {table: list(used) for table, used in found.items()}


def index(table: str, keys: Iterable[str]) -> Candidate:
    """A plain index."""
    return Candidate(table=table, keys=tuple(Key(expression=key) for key in keys))


def extend(costs: Costs, budget: int, width: int) -> Outcome:
    """Adds a one-column index, or appends a column to a chosen one, by the largest gain a byte, as long as it gains."""
    began, asked = time.perf_counter(), costs.calls
    known: dict[str, set[str]] = {}
    for own in costs.columns.values():
        for table, names in own.items():
            known.setdefault(table, set()).update(names)
    chosen: list[Candidate] = []
    base = current = costs.all(())
    while True:
        steps = [[*chosen, index(t, keys)] for t, names in known.items() for keys in _first(costs, t, sorted(names))]
        steps += [
            [*(c for c in chosen if c != old), index(old.table, [*(k.expression for k in old.keys), column])]
            for old in chosen
            for column in sorted(known[old.table])
            if len(old.keys) < width and column not in {k.expression for k in old.keys}
        ]
        steps = [step for step in steps if len(set(step)) == len(step) and not costs.repeats(step[-1])]
        costs.planner.ready({step[-1] for step in steps})
        used = costs.bytes(chosen)
        best, best_worth = None, 0.0
        for step in steps:
            more = costs.bytes(step) - used
            if used + more > budget:
                continue
            cost = costs.all(step)
            worth = (current - cost) / max(more, 1)
            if current / cost >= IMPROVEMENT and worth > best_worth:
                best, best_worth = (step, cost), worth
        if best is None:
            return _outcome(costs, chosen, base, asked, began)
        chosen, current = best


def _first(costs: Costs, table: str, names: list[str]) -> Iterator[list[str]]:
    """The single columns to begin with, and pairs in place of one that may not stand alone."""
    for name in names:
        if costs.repeats(index(table, [name])):
            yield from ([name, other] for other in names if other != name)
        else:
            yield [name]


def anytime_dta(costs: Costs, budget: int, width: int, seconds: float) -> Outcome:
    """Candidates of each statement by its own best plan, merged in pairs; greedy from every seed until time is up."""
    began, asked = time.perf_counter(), costs.calls
    base = costs.all(())
    candidates = [c for c in _own_best(costs, width) if costs.planner.bytes(c) <= budget]
    every = (_merged(a, b, width) for a, b in itertools.permutations(candidates, 2))
    merged = {m for m in every if m and not costs.repeats(m)}
    costs.planner.ready(merged)
    candidates = sorted({*candidates, *(m for m in merged if costs.planner.bytes(m) <= budget)}, key=lambda c: c.name)
    best: list[Candidate] = []
    least = base
    for seed in ([], *([c] for c in candidates)):
        chosen, cost = _greedy(costs, seed, candidates, budget, began + seconds)
        if cost < least:
            best, least = chosen, cost
        if time.perf_counter() > began + seconds:
            break
    return _outcome(costs, best, base, asked, began)


def _own_best(costs: Costs, width: int) -> list[Candidate]:
    """For each statement all permutations of its columns are offered at once; those that its plan uses stay."""
    found: dict[str, Candidate] = {}
    for statement in costs.statements:
        own = costs.columns[statement.fingerprint]
        offered = [
            index(table, keys)
            for table, names in own.items()
            for size in range(1, width + 1)
            for keys in itertools.permutations(names, size)
        ]
        ready = costs.planner.ready(each for each in offered if not costs.repeats(each))
        _, used = costs.one(statement, ready)
        found |= {c.name: c for c in ready if c.name in used}
    return list(found.values())


def _merged(a: Candidate, b: Candidate, width: int) -> Candidate | None:
    keys = tuple(dict.fromkeys((*a.keys, *b.keys)))[:width]
    return index(a.table, [k.expression for k in keys]) if a.table == b.table and keys != a.keys else None


def _greedy(
    costs: Costs, seed: list[Candidate], candidates: list[Candidate], budget: int, until: float
) -> tuple[list[Candidate], float]:
    chosen, cost = list(seed), costs.all(seed)
    while time.perf_counter() < until:
        left = budget - costs.bytes(chosen)
        options = [c for c in candidates if c not in chosen and costs.planner.bytes(c) <= left]
        tried = [(costs.all([*chosen, c]), c.name, c) for c in options]
        if not tried or min(tried)[0] >= cost:
            break
        cost, _, best = min(tried, key=lambda t: t[:2])
        chosen.append(best)
    return chosen, cost


def _outcome(costs: Costs, chosen: list[Candidate], base: float, asked: int, began: float) -> Outcome:
    return Outcome(
        ratio=round(costs.all(chosen) / base, 4),
        bytes=costs.bytes(chosen),
        calls=costs.calls - asked,
        seconds=round(time.perf_counter() - began, 2),
        indexes=tuple(c.body for c in chosen),
    )
