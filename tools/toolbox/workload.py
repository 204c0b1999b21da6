"""List the statements that take the most time, and name those that take more than 100 ms on average."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from dbengineer.tools.facts import Fact, Finding, Result, Severity
from dbengineer.tools.plans.literals import masked
from dbengineer.tools.queries import sql, workload
from dbengineer.tools.queries.workload import Statement, Workload
from dbengineer.tools.workbench import Workbench

effect: Literal["read"] = "read"
WHY = "Somebody waits for it: what a person does on a screen should be answered within 100 ms."
ADVICE = "An index that the statement can use, or a text that lets it use one."


class Args(Fact):
    """How many statements, the longest first."""

    statements: int = Field(default=100, ge=1, le=1000)


def run(bench: Workbench, args: Args) -> Result:
    """The statements are in the evidence; each slow one is a finding."""
    with bench.ledger.watch("workload", "target", "SELECT … FROM pg_stat_statements") as seen:
        found = workload.read(bench.target, limit=args.statements)
        seen.saw = {
            "since": found.since.isoformat() if found.since else None,
            "total_ms": round(found.total_ms, 1),
            "statements": [shown(s) for s in found.statements],
            "coverage": found.coverage.model_dump(),
        }
    findings = tuple(slow(s, found, evidence=(seen.id,)) for s in found.statements if s.slow)
    since = f" since {found.since:%Y-%m-%d %H:%M}" if found.since else ""
    summary = f"{len(found.statements)} statements{since}, {len(findings)} of them take more than 100 ms on average"
    return Result(summary=summary, findings=findings, coverage=(found.coverage,), evidence=(seen.id,))


def shown(statement: Statement) -> dict[str, Any]:
    """A statement as evidence keeps it; a text that cannot be read as SQL may hold values, so they are masked."""
    readable = sql.kind(statement.text) != "unreadable"
    text = statement.text if readable else masked(statement.text)
    figures = {key: round(getattr(statement, key), 3) for key in ("total_ms", "mean_ms", "min_ms", "max_ms", "share")}
    return statement.model_dump(mode="json") | figures | {"text": text}


def slow(statement: Statement, found: Workload, *, evidence: tuple[str, ...], because: str = "") -> Finding:
    """The finding of a slow statement; `because` says why nothing makes it fast."""
    text = " ".join(str(shown(statement)["text"]).split())
    since = f" since {found.since:%Y-%m-%d %H:%M} UTC" if found.since else ""
    detail = (
        f"{statement.mean_ms:,.0f} ms on average ({statement.min_ms:,.0f} to {statement.max_ms:,.0f}), "
        f"{statement.calls:,} calls by {', '.join(statement.roles)}{since}, {statement.share:.0%} of all time: {text}"
    )
    return Finding(
        check="slow_statement",
        title="Statement takes more than 100 ms",
        deliverable="queries",
        object=statement.key,
        detail=f"{detail} — {because}" if because else detail,
        severity=severity(statement.share),
        why=WHY,
        advice=ADVICE,
        evidence=evidence,
    )


def severity(share: float) -> Severity:
    """How bad a slow statement is, by its share of the database's time (0 to 1)."""
    return "high" if share >= 0.15 else "medium" if share >= 0.03 else "low"
