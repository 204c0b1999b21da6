"""Approvals: a person's word on one change, bound to its hash; void when the change or the schema is another one.

A rejection and a wish for changes are words as well: they are written down beside, and take an approval back.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from dbengineer.agent.state import Report
from dbengineer.tools.facts import Fact, Recommendation

FILE = "approvals.jsonl"


class ApprovalRefused(Exception):
    """An approval that cannot be given: it says why, and what to do instead."""


Word = Literal["approve", "reject", "changes"]


class Approval(Fact):
    """Who approved which change of which schema, and when; or rejected it, or asked for another one."""

    recommendation: str
    sha256: str
    schema_fingerprint: str
    by: str
    at: datetime
    decision: Word = "approve"
    channel: str = "cli"


class Standing(Fact):
    """An approval, and whether it still stands."""

    approval: Approval
    state: Literal["stands", "void", "unchecked"]
    because: str


def approve(
    folder: Path, report: Report, name: str, *, by: str, fingerprint: str, word: Word = "approve", channel: str = "cli"
) -> Approval:
    """Writes down an approval, or another `word`; raises ApprovalRefused where there is nothing that may be approved.

    `fingerprint` is that of the target's schema now.
    """
    recommendation = find(report, name)
    refuted = [r.reason for r in report.reviews if r.recommendation == name and r.verdict in ("refuted", "unproven")]
    if refuted and word == "approve":
        raise ApprovalRefused(f"{name} may not be approved: {refuted[0]}")
    if fingerprint != report.schema_fingerprint:
        raise ApprovalRefused(
            f"the schema of {report.checklist.database} has changed since this report was made; "
            "make a new one with: dbengineer review"
        )
    approval = Approval(
        recommendation=name,
        sha256=recommendation.sha256,
        schema_fingerprint=fingerprint,
        by=by,
        at=datetime.now(UTC),
        decision=word,
        channel=channel,
    )
    with (folder / FILE).open("a", encoding="utf-8") as file:
        file.write(approval.model_dump_json() + "\n")
    release(folder, name, approved=word == "approve")
    return approval


def release(folder: Path, name: str, *, approved: bool = True) -> None:
    """Moves the file of a change from those that wait to those that are approved, or back."""
    before, after = folder / "migrations" / "waiting", folder / "migrations" / "approved"
    if not approved:
        before, after = after, before
    if (before / f"{name}.sql").is_file():
        after.mkdir(exist_ok=True)
        (before / f"{name}.sql").rename(after / f"{name}.sql")


def find(report: Report, name: str) -> Recommendation:
    """A recommendation of the report by its id; raises ApprovalRefused."""
    for recommendation in report.recommendations:
        if recommendation.id == name:
            return recommendation
    known = ", ".join(r.id for r in report.recommendations) or "none"
    raise ApprovalRefused(f"this report holds no change {name!r}; it holds {known}")


def standing(folder: Path, report: Report, fingerprint: str | None = None) -> list[Standing]:
    """The approvals of a report, each with whether it stands; without a fingerprint the schema was not compared."""
    path = folder / FILE
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    given = [Approval.model_validate_json(line) for line in lines]
    last = {each.recommendation: each for each in given}
    return [
        _standing(each, last[each.recommendation], report, fingerprint) for each in given if each.decision == "approve"
    ]


def _standing(approval: Approval, last: Approval, report: Report, fingerprint: str | None) -> Standing:
    if last.decision != "approve":
        because = f"{last.by} {'rejected it' if last.decision == 'reject' else 'asked for another one'} afterwards"
        return Standing(approval=approval, state="void", because=because)
    now = {r.id: r.sha256 for r in report.recommendations}
    if now.get(approval.recommendation) != approval.sha256:
        return Standing(approval=approval, state="void", because="the change is not the one that was approved")
    if fingerprint is None:
        return Standing(approval=approval, state="unchecked", because="the schema was not compared; give the URL")
    if fingerprint != approval.schema_fingerprint:
        return Standing(approval=approval, state="void", because="the schema has changed since")
    return Standing(approval=approval, state="stands", because="change and schema are those that were approved")


def decided(folder: Path) -> dict[str, Approval]:
    """The last word on each change of a report."""
    path = folder / FILE
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {each.recommendation: each for each in map(Approval.model_validate_json, lines)}
