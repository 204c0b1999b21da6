"""Which candidates are worth building where rows are: those that change a plan, the most promising first.

What a plan's cost promises says little of the time it takes, so that many plans have to be tried: those with each
candidate alone, those with all of them, with all but what that plan used, and so on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.indexes.tree import Answer, Names
from dbengineer.tools.indexes.what_if import Planner
from dbengineer.tools.queries.running import Unplannable
from dbengineer.tools.queries.workload import Statement

LEVELS = 6
"""How often what the last plan used is taken away, to see what else would be used."""
SMALL = 16 << 20
"""Bytes that are added to every size: the smallest index is not the best only because it is small."""
LEAST, LEAST_OF_ALL = 0.003, 0.0003
"""The share of a statement's cost, and of the workload's, that has to be promised."""
ALIKE = 1.15


def ranked(
    planner: Planner, statements: Sequence[Statement], candidates: Sequence[Candidate], times: Mapping[str, float]
) -> list[Candidate]:
    """The candidates of a planner that promise something, those that promise most a byte first.

    `times` are the milliseconds that each statement takes without them.
    """
    known = {c.name: c for c in without_twins(candidates, {c.name: planner.bytes(c) for c in candidates})}
    total = sum(s.calls * times[s.fingerprint] for s in statements) or 1.0
    promised: dict[str, float] = {}
    for statement in statements:
        share = statement.calls * times[statement.fingerprint] / total
        for name, gain in _gains(planner, statement, frozenset(known)).items():
            promised[name] = promised.get(name, 0.0) + share * gain
    per_byte = {name: gain / (planner.size_of(name) + SMALL) for name, gain in promised.items() if gain > LEAST_OF_ALL}
    return [known[name] for name in sorted(per_byte, key=lambda n: (-per_byte[n], n))]


def fitting(ranked: Sequence[Candidate], sizes: Mapping[str, int], each: int | None, together: int) -> list[Candidate]:
    """As many as can be built in so many bytes, none larger than `each`."""
    found, left = [], together
    for candidate in ranked:
        size = sizes[candidate.name]
        if size <= left and (each is None or size <= each):
            found.append(candidate)
            left -= size
    return found


def without_twins(candidates: Sequence[Candidate], sizes: Mapping[str, int]) -> list[Candidate]:
    """The candidates without those that another one serves in about the same bytes: plans with either are the same."""
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: (-len(c.keys) - len(c.include), -len(c.keys), c.name)):
        most = sizes[candidate.name] * ALIKE + (1 << 20)
        if not any(other.serves(candidate) and sizes[other.name] <= most for other in kept):
            kept.append(candidate)
    return kept


def _gains(planner: Planner, statement: Statement, among: Names) -> dict[str, float]:
    """The share of a statement's cost that each candidate saves in some plan; none of what cannot be planned."""
    gains: dict[str, float] = {}
    try:
        base = planner.cost(statement) or 1.0
    except Unplannable:
        return {}
    for answer in _plans(planner, statement, among):
        for name in answer.used:
            saved = planner.answer(statement, answer.used - {name}).cost - answer.cost
            gains[name] = max(gains.get(name, 0.0), saved / base)
    return {name: gain for name, gain in gains.items() if gain > LEAST}


def _plans(planner: Planner, statement: Statement, among: Names) -> Iterator[Answer]:
    pool = planner.on(statement) & among
    for name in sorted(pool):
        yield planner.answer(statement, frozenset({name}))
    left: Names = pool
    for _ in range(LEVELS):
        answer = planner.answer(statement, left)
        yield answer
        left -= answer.used
