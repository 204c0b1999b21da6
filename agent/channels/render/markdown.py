"""The checklist as Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from dbengineer.agent.channels import render
from dbengineer.agent.state import Deliverable, Report
from dbengineer.tools.facts import SEVERITIES, Coverage, Finding, Recommendation


def checklist(report: Report) -> str:
    """The whole checklist: the eight lines, then each with its files, changes, findings and coverage."""
    c = report.checklist
    parts = [
        f"# {text(c.database)}: the checklist",
        f"{c.server} · {c.at:%Y-%m-%d %H:%M} UTC · {report.seconds:.0f} s · model: {text(report.model)} · "
        f"rows: {'copied into scratch' if report.rows == 'copy' else 'never read'}",
        render.counts(report),
        *[f"**Note:** {text(note)}" for note in (*report.role_problems, *report.notes, *report.refused)],
        table(
            ("", "Deliverable", "Status", "Because"),
            [(render.TICKS[d.status], d.title, render.WORDS[d.status], d.because) for d in c.deliverables],
        ),
        *[section(report, d) for d in c.deliverables if d.status != "not_asked"],
    ]
    return "\n\n".join(parts) + "\n"


def section(report: Report, deliverable: Deliverable) -> str:
    """One deliverable: what there is, what to change, what was found, what could not be seen."""
    found = [f for f in report.findings if f.deliverable == deliverable.id]
    changes = [r for r in report.recommendations if r.deliverable == deliverable.id]
    parts = [f"## {deliverable.title}", f"**{render.WORDS[deliverable.status]}**: {text(deliverable.because)}"]
    if deliverable.artefacts:
        parts.append("\n".join(f"- [{text(a.title)}]({a.path})" for a in deliverable.artefacts))
    if changes:
        parts += ["### Changes", *[change(report, r) for r in changes]]
    if found:
        parts += ["### Findings", findings(found)]
    if deliverable.coverage:
        parts += ["### Looked at", coverage(deliverable.coverage)]
    return "\n\n".join(parts)


def change(report: Report, recommendation: Recommendation) -> str:
    """One recommendation with its verdict, the reasons for it, its SQL and its way back."""
    said = "\n".join(f"- {text(reason)}" for reason in render.reasons(report, recommendation))
    verdict = render.verdict(report, recommendation).replace("_", " ")
    parts = [f"**{text(recommendation.title)}** ({verdict}, `{recommendation.id}`)", text(recommendation.why), said]
    parts += [text(recommendation.risk)] if recommendation.risk else []
    parts += [code(recommendation.sql), "Way back:", code(recommendation.undo)] if recommendation.sql else []
    return "\n\n".join(part for part in parts if part)


def findings(found: Iterable[Finding]) -> str:
    """The findings as a table, worst first."""
    ordered = sorted(found, key=lambda f: SEVERITIES.index(f.severity))
    rows = [(f.severity, f.title, f"`{f.object}`", f.detail, f.advice, " ".join(f.evidence)) for f in ordered]
    return table(("Severity", "Finding", "Object", "Detail", "Advice", "Evidence"), rows)


def coverage(seen: Iterable[Coverage]) -> str:
    """How much could be looked at."""
    return table(
        ("What", "Examined", "Of", "Because"), [(c.what, str(c.examined), str(c.total), c.because) for c in seen]
    )


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table; what would break it is escaped."""
    lines = [head, tuple("---" for _ in head), *(tuple(map(text, row)) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def text(value: str) -> str:
    """A text on one line that cannot become markup of its own."""
    return " ".join(value.split()).replace("|", "\\|").replace("<", "&lt;")


def code(sql: str) -> str:
    """SQL as a fenced block whose fence no text inside can close."""
    fence = "```"
    while fence in sql:
        fence += "`"
    return f"{fence}sql\n{sql}\n{fence}"
