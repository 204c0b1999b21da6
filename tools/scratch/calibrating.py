"""Whether the shadow may be trusted: the same statements planned on both sides."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from typing import Any

import psycopg

from dbengineer.tools.facts import Fact
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.target import Target, TargetError

Explain = Callable[[str], dict[str, Any]]
SHAPE = ("Node Type", "Schema", "Relation Name", "Alias", "Index Name", "Join Type", "Strategy", "Parent Relationship")


class Calibration(Fact):
    """How alike target and shadow plan; a cost ratio is shadow / target, `worst_ratio` the one furthest from 1, and
    `ratios` those of all that were compared."""

    compared: int
    same_plan: int
    median_ratio: float | None = None
    worst_ratio: float | None = None
    differing: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    ratios: tuple[float, ...] = ()

    @property
    def share(self) -> float | None:
        """The share of statements with the same plan, from 0 to 1; None where nothing could be compared."""
        return self.same_plan / self.compared if self.compared else None


def calibrate(
    target: Target, shadow: Database, statements: Iterable[str], explain: Explain | None = None
) -> Calibration:
    """Plans the statements on both sides and compares; `explain` stands in for the target's own."""
    ask = explain or target.explain
    differing: list[str] = []
    failed: list[str] = []
    ratios: list[float] = []
    for statement in statements:
        try:
            there, here = ask(statement)["Plan"], shadow.explain(statement, generic="$1" in statement)["Plan"]
        except (psycopg.Error, TargetError):
            failed.append(statement)
            continue
        ratios.append(here["Total Cost"] / max(there["Total Cost"], 0.01))
        if shape(there) != shape(here):
            differing.append(statement)
    return Calibration(
        compared=len(ratios),
        same_plan=len(ratios) - len(differing),
        median_ratio=round(statistics.median(ratios), 4) if ratios else None,
        worst_ratio=_worst(ratios),
        differing=tuple(differing),
        failed=tuple(failed),
        ratios=tuple(ratios),
    )


def _worst(ratios: list[float]) -> float | None:
    furthest = sorted(ratios, key=lambda ratio: max(ratio, 1 / max(ratio, 1e-9)))
    return round(furthest[-1], 4) if furthest else None


def shape(plan: dict[str, Any]) -> tuple[Any, ...]:
    """What makes two plans the same: nodes, relations, indexes and joins, without costs and estimates."""
    return (*(plan.get(key) for key in SHAPE), *(shape(child) for child in plan.get("Plans", ())))
