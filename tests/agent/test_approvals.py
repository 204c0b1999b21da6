"""A person approves a change; the approval is void once change or schema is another one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dbengineer.agent import approvals
from dbengineer.agent.state import Checklist, Report, Review
from dbengineer.tools.facts import Recommendation

SCHEMA = "schema-1"


@pytest.fixture
def report(index: Recommendation) -> Report:
    """A report that recommends the index."""
    checklist = Checklist(database="todo", server="PostgreSQL 18.6", at=datetime.now(UTC), deliverables=())
    return Report(
        checklist=checklist,
        model="none",
        rows="none",
        schema_fingerprint=SCHEMA,
        seconds=1,
        recommendations=(index,),
    )


def state(report: Report, tmp_path: Path, fingerprint: str | None) -> list[str]:
    return [s.state for s in approvals.standing(tmp_path, report, fingerprint)]


def test_an_approval_stands_while_nothing_changes(report: Report, index: Recommendation, tmp_path: Path) -> None:
    given = approvals.approve(tmp_path, report, index.id, by="ada", fingerprint=SCHEMA)
    assert (given.by, given.sha256) == ("ada", index.sha256)
    assert state(report, tmp_path, SCHEMA) == ["stands"]


def test_without_a_look_at_the_schema_it_is_unchecked(report: Report, index: Recommendation, tmp_path: Path) -> None:
    approvals.approve(tmp_path, report, index.id, by="ada", fingerprint=SCHEMA)
    assert state(report, tmp_path, None) == ["unchecked"]


def test_it_is_void_when_the_schema_has_changed(report: Report, index: Recommendation, tmp_path: Path) -> None:
    approvals.approve(tmp_path, report, index.id, by="ada", fingerprint=SCHEMA)
    assert state(report, tmp_path, "schema-2") == ["void"]


def test_it_is_void_when_the_change_was_edited(report: Report, index: Recommendation, tmp_path: Path) -> None:
    approvals.approve(tmp_path, report, index.id, by="ada", fingerprint=SCHEMA)
    edited = report.model_copy(update={"recommendations": (index.model_copy(update={"sql": "DROP TABLE a"}),)})
    assert state(edited, tmp_path, SCHEMA) == ["void"]


def test_an_old_schema_is_not_approved(report: Report, index: Recommendation, tmp_path: Path) -> None:
    with pytest.raises(approvals.ApprovalRefused, match="has changed since"):
        approvals.approve(tmp_path, report, index.id, by="ada", fingerprint="schema-2")
    assert state(report, tmp_path, SCHEMA) == []


def test_an_unknown_change_names_those_there_are(report: Report, index: Recommendation, tmp_path: Path) -> None:
    with pytest.raises(approvals.ApprovalRefused, match=index.id):
        approvals.approve(tmp_path, report, "index-0", by="ada", fingerprint=SCHEMA)


@pytest.mark.parametrize("verdict", ["refuted", "unproven"])
def test_what_is_not_proven_may_not_be_approved(
    report: Report, index: Recommendation, tmp_path: Path, verdict: str
) -> None:
    said = {"recommendation": index.id, "gate": "proof", "verdict": verdict, "reason": "it did not help"}
    doubtful = report.model_copy(update={"reviews": (Review.model_validate(said),)})
    with pytest.raises(approvals.ApprovalRefused, match="it did not help"):
        approvals.approve(tmp_path, doubtful, index.id, by="ada", fingerprint=SCHEMA)
