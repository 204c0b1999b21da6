"""List the statements that take the most time: calls, mean, share, since when; those over 100 ms are findings."""

from __future__ import annotations

from typing import Any

from dbengineer.tools.backups import measure
from dbengineer.tools.facts import Fact, Finding, Result, Severity
from dbengineer.tools.plans.literals import masked
from dbengineer.tools.queries import sql, workload
from dbengineer.tools.queries.workload import SLOW_MS, Statement, Workload
from dbengineer.tools.readings import Readings
from dbengineer.tools.workbench import Workbench

effect = "read"

LISTED, SHOWN = 10, 200
"""How many statements the summary lists, and how many characters of one a finding shows."""


class Args(Fact):
    """How many of the top statements to list."""

    limit: int = 100


def run(bench: Workbench, args: Args) -> Result:
    """Texts are normalized: constants are $n."""
    bench.progress("reading the workload from pg_stat_statements")
    with bench.ledger.watch("workload", "target", "pg_stat_statements, top by total time") as seen:
        found = workload.read(bench.target, limit=args.limit)
        seen.saw = found.model_dump(mode="json") | {"statements": [shown(s) for s in found.statements]}
    measure.watch_wal(Readings(bench, "workload"))
    slow = tuple(finding(s, found, seen.id) for s in found.statements if s.slow)
    return Result(summary=said(found), findings=slow, coverage=(found.coverage,), evidence=(seen.id,))


def shown(s: Statement) -> dict[str, Any]:
    """A statement as evidence keeps it; a text that cannot be read as SQL may hold values, so they are masked."""
    readable = sql.kind(s.text) != "unreadable"
    return s.model_dump(mode="json") | {"text": s.text if readable else masked(s.text)}


def said(found: Workload) -> str:
    """The top statements in lines."""
    if not found.statements:
        return f"No statement was seen: {found.coverage.because or 'nothing has run yet'}."
    slow = sum(s.slow for s in found.statements)
    head = f"{len(found.statements)} statements seen {_period(found)}; {slow} take over {SLOW_MS:.0f} ms on average."
    return "\n".join([head, *map(_line, found.statements[:LISTED])])


def _line(s: Statement) -> str:
    return f"{s.share:6.1%}  {s.calls:>8,} calls  {s.mean_ms:>9,.1f} ms mean  {short(s.text, 90)}"


def finding(s: Statement, found: Workload, evidence: str, because: str = "") -> Finding:
    """The finding of a slow statement; `because` says why nothing is known to make it fast."""
    times = f"{s.mean_ms:,.0f} ms on average ({s.min_ms:,.0f} to {s.max_ms:,.0f}), {s.calls:,} calls {_period(found)}"
    return Finding(
        check="slow_statement",
        title="Statement over 100 ms",
        deliverable="queries",
        object=s.key,
        detail=f"{times}, {s.share:.1%} of the time of all statements: {short(s.text, SHOWN)}"
        + (f" — {because}" if because else ""),
        severity=_severity(s),
        why="Whoever waits for it notices; while it works it takes processor and memory from all others.",
        advice="See the changes that answer this statement.",
        evidence=(evidence,),
    )


def costly(s: Statement, found: Workload, factor: float, evidence: str) -> Finding:
    """The finding of a statement that is not slow, but that costs many times what it could."""
    return Finding(
        check="costly_statement",
        title="Statement that costs many times what it could",
        deliverable="queries",
        object=s.key,
        detail=f"{s.mean_ms:,.1f} ms on average, {s.calls:,} calls {_period(found)}, {s.share:.1%} of the time of all "
        f"statements; the planner finds a way {factor:,.0f} times cheaper: {short(s.text, SHOWN)}",
        severity="medium" if s.share >= 0.1 else "low",
        why="It is quick only while its tables are small, and it is paid for at every call.",
        advice="See the changes that answer this statement.",
        evidence=(evidence,),
    )


def _severity(s: Statement) -> Severity:
    """By its share of the time of all statements; rows that were loaded once are no fault."""
    if s.calls == 1 and sql.kind(s.text) == "insert_stmt":
        return "info"
    return "high" if s.share >= 0.1 else "medium" if s.share >= 0.01 else "low"


def _period(found: Workload) -> str:
    return f"since {found.since:%Y-%m-%d %H:%M}" if found.since else "since statistics were reset, at a time unknown"


def short(text: str, length: int) -> str:
    """A statement on one line, cut at a length."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"
