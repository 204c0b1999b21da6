"""The checklist in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dbengineer.agent.channels import render
from dbengineer.agent.state import Deliverable, Report, Status
from dbengineer.tools.facts import SEVERITIES, Coverage, Finding

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

COLOURS: dict[Status, str] = {
    "done": "green",
    "ready": "cyan",
    "open": "yellow",
    "cannot_tell": "magenta",
    "not_asked": "bright_black",
}
SEVERITY_COLOURS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "blue", "info": "bright_black"}


def show(console: Console, report: Report, folder: Path) -> None:
    """The eight lines, the worst findings and where the files lie."""
    from rich.markup import escape

    c = report.checklist
    console.print()
    console.print(f"[bold]{escape(c.database)}[/] · {c.server} · {report.seconds:.0f} s · model: {escape(report.model)}")
    for note in (*report.role_problems, *report.notes, *report.refused):
        console.print(f"[yellow]note[/] {escape(note)}")
    console.print(checklist(report))
    console.print(render.counts(report))
    worst = [f for f in report.findings if f.severity != "info"]
    if worst:
        console.print(findings(worst, 10))
    console.print(f"Files: [bold]{escape(str(folder))}/[/] (open report.html; checklist.md is the same as text)")


def checklist(report: Report) -> Table:
    """The eight lines of the checklist."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), expand=True)
    table.add_column("")
    table.add_column("Deliverable", ratio=3)
    table.add_column("Status", no_wrap=True)
    table.add_column("Because", ratio=8)
    table.add_column("Looked at", ratio=3)
    for number, d in enumerate(report.checklist.deliverables, 1):
        colour = COLOURS[d.status]
        table.add_row(
            Text(render.TICKS[d.status], colour),
            f"{number} {d.title}",
            Text(render.WORDS[d.status], colour),
            Text(d.because),
            Text(looked_at(d)),
        )
    return table


def looked_at(deliverable: Deliverable) -> str:
    """The coverage of a deliverable in a few words: what was seen in part, else how much was seen."""
    part = [c for c in deliverable.coverage if not c.complete or c.because]
    return ", ".join(map(_extent, part or deliverable.coverage[:3]))


def _extent(coverage: Coverage) -> str:
    return f"{coverage.examined} of {coverage.total} {coverage.what}"


def findings(found: list[Finding], limit: int) -> Table:
    """The worst findings, and how many more there are."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    ordered = sorted(found, key=lambda f: SEVERITIES.index(f.severity))
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), title="Worst findings", title_justify="left")
    for column in ("Severity", "Finding", "Object"):
        table.add_column(column)
    for f in ordered[:limit]:
        table.add_row(Text(f.severity, SEVERITY_COLOURS[f.severity]), Text(f.title), Text(f.object))
    if len(ordered) > limit:
        table.add_row("", f"… and {len(ordered) - limit} more in the report", "")
    return table
