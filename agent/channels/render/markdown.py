"""The checklist as Markdown: the eight lines, what to do, and what stands behind each line."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dbengineer.agent.channels import render
from dbengineer.agent.channels.render import plain, steps
from dbengineer.agent.state import Deliverable, Report
from dbengineer.tools.facts import Coverage, Finding, Recommendation


def checklist(report: Report) -> str:
    """The whole checklist: the eight lines and the next steps, then each line, then the SQL of the changes."""
    c = report.checklist
    rows = "copied into scratch" if report.rows == "copy" else "never read"
    changes = [change(report, r) for r in report.recommendations if r.sql]
    parts = [
        f"# {text(c.database)}: database review",
        f"{text(c.server)} · {c.at:%Y-%m-%d %H:%M} UTC · {report.seconds:.0f} s · model: {text(report.model)} · "
        f"rows: {rows} · nothing was written to it",
        *[f"**Note:** {text(note)}" for note in steps.notes(report)],
        lines(report),
        legend(report),
        "## What to do next",
        next_steps(report),
        *[section(report, d) for d in c.deliverables if _has_a_section(report, d)],
        *(["## The changes in SQL", verdicts(), *changes] if changes else []),
    ]
    return "\n\n".join(parts) + "\n"


def lines(report: Report) -> str:
    """The eight lines as a table."""
    rows = [
        (f"{render.TICKS[d.status]} {render.WORDS[d.status]}", f"{number}. {text(d.title)}", text(d.because))
        for number, d in enumerate(report.checklist.deliverables, 1)
    ]
    head = (("Status", "Deliverable", "Because"), ("---", "---", "---"))
    return "\n".join("| " + " | ".join(row) + " |" for row in (*head, *rows))


def legend(report: Report) -> str:
    """What the words of the table mean."""
    there = {"done", "ready", "open", *(d.status for d in report.checklist.deliverables)}
    return "; ".join(f"**{render.WORDS[s]}**: {words}" for s, words in render.MEANINGS.items() if s in there) + "."


def verdicts() -> str:
    """What the verdicts mean."""
    return "; ".join(f"**{steps.VERDICTS[v]}**: {words}" for v, words in steps.VERDICT_MEANINGS.items()) + "."


def next_steps(report: Report) -> str:
    """The steps in order, and what was counted."""
    todo = [f"{n}. **{text(step.do)}**: {text(step.how)}" for n, step in enumerate(steps.steps(report), 1)]
    return "\n".join(todo or ["Nothing: every deliverable is done."]) + f"\n\n{render.counts(report)}"


def section(report: Report, deliverable: Deliverable) -> str:
    """One deliverable: its files, what to change, what was found, what could not be seen."""
    found = steps.worst_first(f for f in report.findings if f.deliverable == deliverable.id)
    changes = [r for r in report.recommendations if r.deliverable == deliverable.id]
    unseen = [c for c in deliverable.coverage if not c.complete]
    parts = [f"## {text(deliverable.title)}: {render.WORDS[deliverable.status]}", text(deliverable.because)]
    if deliverable.artefacts:
        parts.append(files(deliverable))
    if changes:
        parts += ["### Changes", "\n".join(summary(report, r) for r in changes)]
    if found:
        parts += ["### Findings", findings(report, found)]
    if unseen:
        parts += ["### Not seen", "\n".join(map(gap, unseen))]
    return "\n\n".join(parts)


def files(deliverable: Deliverable) -> str:
    """The files to begin with, as links."""
    first, more = steps.files(deliverable)
    listed = [f"- [{text(a.title)}](<{a.path}>)" for a in first]
    return "\n".join(listed + ([f"- and {steps.number(more, 'more file')} in the folders below"] if more else []))


def summary(report: Report, recommendation: Recommendation) -> str:
    """One change in a line: its verdict and the reasons for it."""
    verdict = steps.VERDICTS[render.verdict(report, recommendation)]
    reasons = "; ".join(map(text, render.reasons(report, recommendation)))
    return f"- **{verdict}**: {text(recommendation.title)} ({code(recommendation.id)}): {reasons}".removesuffix(": ")


def findings(report: Report, found: Iterable[Finding]) -> str:
    """The findings worst first; those of one kind under one line, which has the advice."""
    kinds: dict[tuple[str, str, str], list[Finding]] = {}
    for f in found:
        kinds.setdefault((f.severity, f.title, f.advice), []).append(f)
    told: list[str] = []
    for (severity, title, advice), same in kinds.items():
        told.append(f"- **{severity}: {text(title)}.** {text(advice)}".rstrip())
        told += [_object(report, f) for f in same]
    return "\n".join(told)


def _object(report: Report, finding: Finding) -> str:
    answer = steps.answer(report, finding)
    said = f"{steps.VERDICTS[render.verdict(report, answer)]}, {code(answer.id)}" if answer else "no proven answer yet"
    end = "" if finding.severity == "info" else f" → {said}"
    return f"  - {code(finding.object)}: {text(finding.detail)}{end}"


def gap(coverage: Coverage) -> str:
    """What could not be looked at, or only in part, and why."""
    because = f"; {text(coverage.because)}" if coverage.because else ""
    return f"- {text(coverage.what)}: {coverage.examined} of {coverage.total}{because}"


def change(report: Report, recommendation: Recommendation) -> str:
    """The SQL of one change, with the reason, the risk and the way back."""
    verdict = steps.VERDICTS[render.verdict(report, recommendation)]
    parts = [f"### {text(recommendation.title)}", f"{code(recommendation.id)}, {verdict}. {text(recommendation.why)}"]
    parts += [f"Risk: {text(recommendation.risk)}"] if recommendation.risk else []
    parts += [block(recommendation.sql)]
    parts += ["Way back:", block(recommendation.undo)] if recommendation.undo else ["No way back is given."]
    return "\n\n".join(parts)


def text(value: str) -> str:
    """A text on one line that cannot become markup of its own; what is invisible in it is spelled out."""
    line = plain.visible(" ".join(value.split()))
    line = re.sub(r"([\\`*\[\]|~])", r"\\\1", line)
    line = re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", line)
    return re.sub(r"&(?=#?\w+;)", "&amp;", line).replace("<", "&lt;")


def code(value: str) -> str:
    """A name as code whose end no text inside can make."""
    line = plain.visible(" ".join(value.split()))
    fence = _fence(line, "`")
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def block(sql: str) -> str:
    """SQL as a fenced block whose end no text inside can make."""
    fence = _fence(sql, "```")
    return f"{fence}sql\n{plain.visible(sql)}\n{fence}"


def _fence(inside: str, fence: str) -> str:
    while fence in inside:
        fence += "`"
    return fence


def _has_a_section(report: Report, deliverable: Deliverable) -> bool:
    return deliverable.status != "not_asked" or any(f.deliverable == deliverable.id for f in report.findings)
