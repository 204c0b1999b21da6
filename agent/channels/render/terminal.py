"""The checklist in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dbengineer.agent.approvals import Standing
from dbengineer.agent.channels import render
from dbengineer.agent.state import Deliverable, Report, Status
from dbengineer.tools.facts import SEVERITIES, Coverage, Finding, Result

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from dbengineer.tools.plans.read import Plan

COLOURS: dict[Status, str] = {
    "done": "green",
    "ready": "cyan",
    "open": "yellow",
    "cannot_tell": "magenta",
    "not_asked": "bright_black",
}
WIDE = 110
"""From how many characters a line on there is room for a column of what was looked at."""
SEVERITY_COLOURS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "blue", "info": "bright_black"}


def show(console: Console, report: Report, folder: Path) -> None:
    """The eight lines, the worst findings and where the files lie."""
    from rich.markup import escape

    c = report.checklist
    console.print()
    console.print(
        f"[bold]{escape(c.database)}[/] · {c.server} · {report.seconds:.0f} s · model: {escape(report.model)}"
    )
    for note in (*report.role_problems, *report.notes, *report.refused):
        console.print(f"[yellow]note[/] {escape(note)}")
    console.print(checklist(report, console.width))
    console.print(render.counts(report))
    worst = [f for f in report.findings if f.severity != "info"]
    if worst:
        console.print(findings(worst, 10))
    console.print(f"Files: [bold]{escape(str(folder))}/[/] (open report.html; checklist.md is the same as text)")


def checklist(report: Report, width: int) -> Table:
    """The eight lines of the checklist; on a narrow console what was looked at stands below the reason."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    wide = width >= WIDE
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1 if wide else 0), expand=True)
    table.add_column("", no_wrap=True)
    table.add_column("Deliverable", ratio=3, max_width=None if wide else 19)
    table.add_column("Status", no_wrap=True)
    table.add_column("Because", ratio=8)
    if wide:
        table.add_column("Looked at", ratio=4)
    for number, d in enumerate(report.checklist.deliverables, 1):
        colour = COLOURS[d.status]
        title, status = f"{number} {d.title}", Text(render.WORDS[d.status], colour)
        reasons = [Text(d.because), Text(looked_at(d))] if wide else [_together(d)]
        table.add_row(Text(render.TICKS[d.status], colour), title, status, *reasons)
    return table


def _together(deliverable: Deliverable) -> Text:
    from rich.text import Text

    seen = "" if deliverable.status == "cannot_tell" else looked_at(deliverable)  # its reason says it already
    return Text.assemble(deliverable.because, (f"\nlooked at {seen}" if seen else "", "dim"))


def looked_at(deliverable: Deliverable) -> str:
    """The coverage of a deliverable in a few words: what was seen in part, else how much was seen."""
    part = [c for c in deliverable.coverage if not c.complete or c.because]
    return ", ".join(map(_extent, part or [c for c in deliverable.coverage if c.total][:3]))


def _extent(coverage: Coverage) -> str:
    """What could not even be counted is not said to be none."""
    total = coverage.total if coverage.total or coverage.complete else "?"
    return f"{coverage.examined} of {total} {coverage.what}"


def findings(found: list[Finding], limit: int) -> Table:
    """The worst findings, and how many more there are."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    ordered = sorted(found, key=lambda f: SEVERITIES.index(f.severity))
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), title="Worst findings", title_justify="left")
    for column in ("Severity", "Finding", "Object"):
        table.add_column(column, overflow="fold")
    for f in ordered[:limit]:
        table.add_row(Text(f.severity, SEVERITY_COLOURS[f.severity]), Text(f.title), Text(f.object))
    if len(ordered) > limit:
        table.add_row("", f"… and {len(ordered) - limit} more in the report", "")
    return table


def check(console: Console, result: Result) -> None:
    """What one check found, and how much it could look at."""
    for seen in result.coverage:
        because = f" ({seen.because})" if seen.because else ""
        console.print(f"{len(result.findings)} found; examined {seen.examined} of {seen.total} {seen.what}{because}")
    if not result.coverage:
        console.print("This check does not apply to this version of PostgreSQL.")
    if result.findings:
        console.print(findings(list(result.findings), 50))
        for finding in result.findings[:1]:
            console.print(f"Why: {finding.why}\nAdvice: {finding.advice}", markup=False)


def plan(console: Console, explained: Plan, result: Result) -> None:
    """A plan as a tree whose bars show where the cost is, and what is wrong with it."""
    from rich.table import Table
    from rich.text import Text

    from dbengineer.tools.plans import draw

    tree = Table(box=None, padding=(0, 1))
    tree.add_column("Share", justify="right")
    for column in ("", "Step", "Rows"):
        tree.add_column(column)
    for line in draw.lines(explained):
        colour = "red" if line.share >= 0.5 else "yellow" if line.share >= 0.2 else "green"
        bar = Text("█" * max(1, round(line.share * 20)), colour)
        tree.add_row(f"{line.share:.0%}", bar, Text("  " * line.depth + line.label), Text(line.rows))
    console.print(tree)
    console.print(result.summary, markup=False)


def approvals(console: Console, standing: list[Standing]) -> None:
    """Who approved what, and whether it stands."""
    for each in standing:
        a = each.approval
        words = f"{a.recommendation} approved by {a.by} at {a.at:%Y-%m-%d %H:%M} UTC: {each.state} ({each.because})"
        console.print(words, markup=False)
