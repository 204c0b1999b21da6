"""Plan the workload with other planner settings or larger tables, on the shadow, and say which plans change."""

from __future__ import annotations

from pydantic import Field

from dbengineer.tools.facts import Artefact, Fact, Result
from dbengineer.tools.plans import draw
from dbengineer.tools.plans.literals import masked, without_literals
from dbengineer.tools.plans.read import Plan
from dbengineer.tools.queries import sql, workload
from dbengineer.tools.queries.workload import Workload
from dbengineer.tools.supposing import change
from dbengineer.tools.supposing.answer import Line, Supposed, suppose
from dbengineer.tools.supposing.change import NotSupposable
from dbengineer.tools.texts import short
from dbengineer.tools.toolbox import ToolError
from dbengineer.tools.workbench import Workbench

effect = "scratch"
MOST_DRAWN, MOST_TOLD = 3, 8


class Args(Fact):
    """What is other, such as `random_page_cost=1.1 public.orders=10` (all=10: every table is ten times as large), and
    how many of the longest statements are planned; with `sql` one SELECT in their place."""

    change: str
    sql: str = ""
    statements: int = Field(default=100, ge=1, le=1000)


def run(bench: Workbench, args: Args) -> Result:
    """Costs and plans before and after; constants are masked unless rows may be used."""
    try:
        wanted = change.words(args.change)
        asked = _asked(bench, args)
        told = suppose(bench, asked, wanted)
    except NotSupposable as error:
        raise ToolError(str(error)) from None
    otherwise = sorted((s for s in told.statements if not s.same_plan), key=lambda s: -s.calls * s.cost)
    pictures = tuple(
        _picture(bench, line, line.before, line.after) for line in otherwise[:MOST_DRAWN] if line.before and line.after
    )
    evidence = [e.id for e in bench.ledger][-1:]
    return Result(
        summary=_said(told, otherwise), artefacts=pictures, coverage=(asked.coverage,), evidence=tuple(evidence)
    )


def _asked(bench: Workbench, args: Args) -> Workload:
    found = workload.read(bench.target, limit=args.statements)
    if not args.sql:
        if not found.statements:
            raise ToolError(f"there is no workload: {found.coverage.because}; give one SELECT as sql")
        return found
    if sql.kind(args.sql) != "select_stmt":
        raise ToolError(f"only one SELECT can be planned, this is {sql.kind(args.sql)}")
    coverage = found.coverage.model_copy(update={"examined": 1, "total": 1, "because": ""})
    return Workload(statements=(workload.unknown(args.sql),), coverage=coverage)


def _picture(bench: Workbench, line: Line, before: Plan, after: Plan) -> Artefact:
    if bench.rows != "copy":
        before, after = without_literals(before), without_literals(after)
    picture = draw.pair(before, after, ("as it is", "supposed"))
    return bench.write(f"plans/{line.name}-what-if.svg", picture, "Plans before and after", "queries")


def _said(told: Supposed, otherwise: list[Line]) -> str:
    """What changes, the dearest first, and what was assumed."""
    lines = [
        f"Supposed: {told.change.told}. {told.changed} of {len(told.statements)} statements are planned otherwise; the "
        f"planner's cost of the workload goes from {told.base_cost:,.0f} to {told.cost:,.0f}."
    ]
    lines += [
        f"{short(masked(s.text))}: cost {s.cost_before:,.0f} → {s.cost:,.0f}; {'; '.join(s.changes)}"
        for s in otherwise[:MOST_TOLD]
    ]
    lines += [f"Not planned: {short(masked(u.text))}: {u.reason}" for u in told.unplanned[:MOST_TOLD]]
    return "\n".join([*lines, *(f"Assumed: {text}." for text in told.assumes), *(f"Note: {n}" for n in told.notes[:3])])
