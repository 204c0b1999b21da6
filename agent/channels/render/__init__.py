"""From a report's data to something a person reads: terminal, Markdown, HTML."""

from __future__ import annotations

from pathlib import Path

from dbengineer.agent.state import Report, Status, Verdict
from dbengineer.tools.facts import Evidence, Recommendation

TICKS: dict[Status, str] = {"done": "✔", "ready": "●", "open": "○", "cannot_tell": "?", "not_asked": "–"}
WORDS: dict[Status, str] = {
    "done": "done",
    "ready": "ready",
    "open": "open",
    "cannot_tell": "cannot tell",
    "not_asked": "not asked",
}
MEANINGS: dict[Status, str] = {
    "done": "the database itself shows it",
    "ready": "drafted, proven in scratch and reviewed; yours to approve and apply",
    "open": "neither, and why",
    "cannot_tell": "it could not be looked at",
    "not_asked": "this review was not asked for it",
}


def load(folder: Path) -> Report:
    """The report that lies in a folder; raises FileNotFoundError and pydantic's ValidationError."""
    return Report.model_validate_json((folder / "checklist.json").read_text(encoding="utf-8"))


def evidence(folder: Path) -> dict[str, Evidence]:
    """The evidence of a report by id."""
    lines = (folder / "evidence.jsonl").read_text(encoding="utf-8").splitlines()
    return {e.id: e for e in map(Evidence.model_validate_json, lines)}


def verdict(report: Report, recommendation: Recommendation) -> Verdict:
    """The verdict of the review on a recommendation."""
    from dbengineer.agent.state import State
    from dbengineer.agent.state import verdict as of_state

    return of_state(State(reviews=list(report.reviews)), recommendation.id)


def reasons(report: Report, recommendation: Recommendation) -> list[str]:
    """What the gates and the proof said of a recommendation."""
    return [f"{r.gate}: {r.reason}" for r in report.reviews if r.recommendation == recommendation.id]


def counts(report: Report) -> str:
    """One line: findings by severity and recommendations by verdict."""
    from dbengineer.tools.facts import SEVERITIES

    found = [f"{n} {s}" for s in SEVERITIES if (n := sum(f.severity == s for f in report.findings))]
    verdicts = [verdict(report, r) for r in report.recommendations]
    names: dict[Verdict, str] = {
        "proven": "proven",
        "needs_person": "for a person to decide",
        "unproven": "unproven",
        "refuted": "refuted",
    }
    judged = [f"{n} {words}" for v, words in names.items() if (n := verdicts.count(v))]
    return f"Findings: {', '.join(found) or 'none'}. Changes: {', '.join(judged) or 'none'}."


def write(folder: Path) -> None:
    """Writes checklist.md and report.html beside the data they show."""
    from dbengineer.agent.channels.render import markdown, web

    report = load(folder)
    (folder / "checklist.md").write_text(markdown.checklist(report), encoding="utf-8")
    (folder / "report.html").write_text(web.page(report, folder), encoding="utf-8")
