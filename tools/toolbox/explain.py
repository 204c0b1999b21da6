"""Read the plan of a SELECT on the target, without running it."""

from __future__ import annotations

from typing import Any

from dbengineer.tools.facts import Fact, Result
from dbengineer.tools.plans import diagnose, read
from dbengineer.tools.plans.literals import masked
from dbengineer.tools.workbench import Workbench

effect = "read"

CONDITIONS = frozenset(read.CONDITIONS)


class Args(Fact):
    """One SELECT; $1 stands for a value."""

    sql: str


def run(bench: Workbench, args: Args) -> Result:
    """The evidence holds the plan; its constants are masked unless rows may be used."""
    ran = args.sql if bench.rows == "copy" else masked(args.sql)
    with bench.ledger.watch("explain", "target", f"EXPLAIN {ran}") as seen:
        explained = bench.target.explain(args.sql)
        shown = explained if bench.rows == "copy" else without_constants(explained)
        problems = diagnose.diagnose(read.plan(explained))
        seen.saw = {"plan": shown, "problems": [f"{p.where}: {p.kind}" for p in problems]}
    said = [f"{p.where}: {p.detail}. {p.advice}" for p in problems[:5]]
    cost = f"The planner expects a cost of {read.plan(explained).cost:,.0f}."
    return Result(summary="\n".join([cost, *said]) if said else f"{cost} No problem seen.", evidence=(seen.id,))


def without_constants(explained: Any) -> Any:
    """The same EXPLAIN with the constants of its conditions masked."""
    if isinstance(explained, list):
        return [without_constants(each) for each in explained]
    if not isinstance(explained, dict):
        return explained
    return {
        key: _condition(value) if key in CONDITIONS else without_constants(value) for key, value in explained.items()
    }


def _condition(value: Any) -> Any:
    return [masked(each) for each in value] if isinstance(value, list) else masked(value)
