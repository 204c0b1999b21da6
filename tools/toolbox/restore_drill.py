"""Restore a backup of the target into scratch, compare it with its source, and prove that the comparison can fail."""

from __future__ import annotations

from pathlib import Path

from dbengineer.tools import backups
from dbengineer.tools.backups import drill, records
from dbengineer.tools.backups.drill import Protocol
from dbengineer.tools.facts import Fact, Finding, Result
from dbengineer.tools.texts import render
from dbengineer.tools.workbench import Workbench

effect = "scratch"

TEMPLATES = Path(backups.__file__).parent


class Args(Fact):
    """Nothing to choose: with leave to copy rows everything is restored, without it the schema."""


def run(bench: Workbench, args: Args) -> Result:
    """The protocol as backup/drill.md for people and backup/drill.json for machines."""
    protocol = drill.with_rows(bench) if bench.rows == "copy" else drill.schema_only(bench)
    measured = records.last(bench.ledger)
    text = render(TEMPLATES / "drill.md.j2", database=bench.target.database, p=protocol, drill=measured)
    return Result(
        summary=f"restore drill: {protocol.verdict}",
        findings=findings(protocol),
        coverage=protocol.coverage,
        artefacts=(
            bench.write("backup/drill.md", text, "Protocol of the restore drill", "backup"),
            bench.write("backup/drill.json", protocol.model_dump_json(indent=1), "The same as JSON", "backup"),
        ),
        evidence=protocol.evidence,
    )


def findings(protocol: Protocol) -> tuple[Finding, ...]:
    """A finding for each thing that did not come back."""
    return tuple(
        Finding(
            check="restore_drill",
            title="Not the same after a restore",
            deliverable="backup",
            object=fault.split(":")[0].split(" is ")[0],
            detail=fault,
            severity="critical",
            why="What a restore does not bring back is lost with the server.",
            advice="Find out which step lost it, mend that, and repeat the drill.",
            evidence=protocol.evidence[-1:],
        )
        for fault in protocol.comparison.faults
    )
