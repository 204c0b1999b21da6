"""Find the indexes that the workload lacks, by what its statements would cost the planner with them."""

from __future__ import annotations

from pydantic import Field

from dbengineer.tools.facts import Fact, Result
from dbengineer.tools.indexes.advice import advise
from dbengineer.tools.queries import workload
from dbengineer.tools.workbench import Workbench

effect = "scratch"


class Args(Fact):
    """How many of the longest statements to look at, and how many bytes all new indexes may have."""

    statements: int = Field(default=100, ge=1, le=1000)
    budget_bytes: int | None = Field(default=None, ge=8192)


def run(bench: Workbench, args: Args) -> Result:
    """Recommendations that the proof of their kind has still to try."""
    found = workload.read(bench.target, limit=args.statements)
    if not found.statements:
        return Result(summary="no statement to find indexes for", coverage=(found.coverage,))
    advice = advise(bench, found, args.budget_bytes)
    gain = 1 - advice.selection.cost / advice.selection.base_cost if advice.selection.base_cost else 0.0
    summary = (
        f"{len(advice.recommendations)} of {advice.candidates} possible indexes chosen for {len(found.statements)} "
        f"statements; the planner's cost of the workload falls by {gain:.0%}"
    )
    return Result(
        summary=summary,
        recommendations=advice.recommendations,
        coverage=(found.coverage, advice.coverage, advice.trusted),
        evidence=(advice.evidence,),
    )
