"""Indexes chosen by running TPC-H on a copy with its rows, for several budgets: copied, built and measured once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dbengineer.evals.indexes import tpch
from dbengineer.tools.facts import Coverage
from dbengineer.tools.indexes import answer, proving
from dbengineer.tools.indexes.answer import IndexSet, Wishes
from dbengineer.tools.indexes.search import Effort
from dbengineer.tools.queries.workload import Workload
from dbengineer.tools.workbench import Workbench

PLANNED = Effort(gap=0.01, seconds=10.0)


def rows(bench: Workbench, budgets: Sequence[int], width: int, seconds: float) -> Iterator[dict[str, Any]]:
    """A row for each budget in bytes; `seconds` of searching for each of them."""
    statements = tuple(tpch.statements())
    coverage = Coverage(what="statements", examined=len(statements), total=len(statements))
    workload = Workload(statements=statements, coverage=coverage)
    wishes = [
        Wishes(budget=b, max_width=width, prove="run", effort=PLANNED, run_seconds=seconds) for b in sorted(budgets)
    ]
    asked = [(wish, answer.choose(bench, workload, wish, counted=False)) for wish in wishes]
    for wish, told in zip(wishes, proving.several_by_running(bench, workload, asked), strict=True):
        yield {"algorithm": "run", "budget_mb": (wish.budget or 0) / 2**20, **_row(told)}


def _row(told: IndexSet) -> dict[str, Any]:
    names = tpch.names()
    return {
        "base_ms": told.base_ms,
        "ms": told.ms,
        "time_ratio": told.time_ratio,
        "least_ratio": told.least_ratio,
        "regressions": [names[name] for name in told.regressions],
        "ratio": told.ratio,
        "calls": told.explain_calls,
        "seconds": told.seconds,
        "bytes": told.bytes,
        "indexes": [index.ddl for index in told.indexes],
        "statements": {names[line.name]: [line.ms_before, line.ms] for line in told.statements},
    }
