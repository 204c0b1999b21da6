"""Words of a review, ready to be varied by the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbengineer.tools.facts import Evidence, Finding, Proof, Recommendation
from dbengineer.tools.ledger import Ledger

INDEX = "CREATE INDEX CONCURRENTLY tasks_user_id_idx ON public.tasks (user_id)"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger that no tool has written to yet."""
    return Ledger(tmp_path / "evidence.jsonl")


@pytest.fixture
def seen(ledger: Ledger) -> Evidence:
    """One evidence that a tool has made."""
    return ledger.record("check foreign_key_without_index", "target", "SELECT 1", {"found": []}, 1.5)


@pytest.fixture
def index(seen: Evidence) -> Recommendation:
    """An index that is missing, recommended with evidence and a way back."""
    return Recommendation(
        id=Recommendation.name("ddl", INDEX),
        deliverable="indexes",
        kind="ddl",
        title="Index for tasks of a user",
        why="Deleting a user reads all tasks.",
        sql=INDEX,
        undo="DROP INDEX CONCURRENTLY public.tasks_user_id_idx",
        solves=("foreign_key_without_index:public.tasks.tasks_user_id_fkey",),
        evidence=(seen.id,),
    )


@pytest.fixture
def proof(index: Recommendation, seen: Evidence) -> Proof:
    """The proof that the index helps."""
    return Proof(recommendation=index.id, verdict="proven", reason="ten times cheaper", evidence=(seen.id,))


@pytest.fixture
def unindexed(seen: Evidence) -> Finding:
    """The finding that the index answers."""
    return Finding(
        check="foreign_key_without_index",
        title="Foreign key without an index",
        deliverable="indexes",
        object="public.tasks.tasks_user_id_fkey",
        detail="no index leads with user_id",
        severity="high",
        evidence=(seen.id,),
    )
