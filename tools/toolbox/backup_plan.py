"""Work out the backup plan of this server: method, settings, scripts, schedule, runbook, and the sums behind it."""

from __future__ import annotations

from dbengineer.tools.backups import files, measure, plan, records
from dbengineer.tools.backups.arithmetic import Assumptions
from dbengineer.tools.facts import Result
from dbengineer.tools.readings import Readings
from dbengineer.tools.texts import duration
from dbengineer.tools.workbench import Workbench

effect = "draft"


class Args(Assumptions):
    """What the plan assumes; call again with other values to make it anew."""


def run(bench: Workbench, args: Args) -> Result:
    """Files below backup/; run restore_drill before, so that the plan has measured rates."""
    bench.progress("measuring sizes and the WAL rate")
    readings = Readings(bench, "backup_plan")
    facts = measure.measure(readings)
    drill = records.last(bench.ledger)
    made = plan.make(facts, drill, Assumptions(**args.model_dump()))
    evidence = readings.evidence() + ((drill.evidence,) if drill else ())
    rpo = duration(made.rpo.seconds) if made.rpo else "by the service"
    return Result(
        summary=f"backup plan: {made.name}; RPO {rpo}, RTO {duration((made.rto or made.rto_dump).seconds)}",
        coverage=tuple(readings.coverage),
        artefacts=files.write(bench, facts, drill, made, Assumptions(**args.model_dump())),
        evidence=evidence,
    )
