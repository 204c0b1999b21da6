"""Write the disaster plan: ten scenarios with commands for this server and times from what was measured."""

from __future__ import annotations

from pathlib import Path

from dbengineer.tools import recovery
from dbengineer.tools.backups import measure, plan, records
from dbengineer.tools.backups.arithmetic import Assumptions
from dbengineer.tools.facts import Result
from dbengineer.tools.readings import Readings
from dbengineer.tools.recovery import planning
from dbengineer.tools.texts import render
from dbengineer.tools.workbench import Workbench

effect = "draft"

TEMPLATE = Path(recovery.__file__).parent / "recovery.md.j2"


class Args(Assumptions):
    """What the times assume; call again with other values to make the plan anew."""


def run(bench: Workbench, args: Args) -> Result:
    """recovery.md; run restore_drill before, so that its rates are known."""
    readings = Readings(bench, "recovery_plan")
    facts, drill = measure.measure(readings), records.last(bench.ledger)
    assumed = Assumptions(**args.model_dump())
    backup = plan.make(facts, drill, assumed)
    listed = planning.scenarios(facts, backup, assumed)
    made = bench.ledger[drill.evidence].at.date().isoformat() if drill else ""
    text = render(TEMPLATE, f=facts, d=drill, plan=backup, scenarios=listed, made=made)
    timed = sum(s.time.seconds is not None for s in listed)
    return Result(
        summary=f"disaster plan: {len(listed)} scenarios, {timed} with an expected time; owners to fill in",
        coverage=tuple(readings.coverage),
        artefacts=(bench.write("recovery.md", text, "Disaster recovery plan", "recovery"),),
        evidence=readings.evidence() + ((drill.evidence,) if drill else ()),
    )
