"""What is proven beside what, and what comes back when an answer is refuted."""

from __future__ import annotations

from typing import Literal

import pytest

from dbengineer.agent.nodes import prove
from dbengineer.agent.state import Call, Made, State
from dbengineer.tools.facts import Finding, Kind, Proof, Recommendation, Result

FIX = "CREATE INDEX CONCURRENTLY ON public.tracks (genre)"
FAULT = "foreign_key_without_index:public.tracks.genre"


def change(kind: Kind, sql: str, *solves: str) -> Recommendation:
    return Recommendation(
        id=Recommendation.name(kind, sql), deliverable="indexes", kind=kind, title="t", why="w", sql=sql, solves=solves
    )


def state(wider: Recommendation, verdict: Verdict) -> tuple[State, list[Proof]]:
    """A review in which an index for a statement also serves a foreign key, and how its proof ended."""
    finding = Finding(
        check="foreign_key_without_index",
        title="t",
        deliverable="indexes",
        object="public.tracks.genre",
        detail="d",
        severity="high",
        why="w",
        advice="a",
        fix=FIX,
        evidence=(),
    )
    made = Made(call=Call(tool="run_checks", args={}), result=Result(summary="s", findings=(finding,)))
    return {"made": [made], "recommendations": [wider]}, [Proof(recommendation=wider.id, verdict=verdict, reason="r")]


Verdict = Literal["proven", "refuted", "unproven"]
WIDER = change("index", "CREATE INDEX ON public.tracks (genre, name)", "statement:1", FAULT)


def test_the_fix_of_a_fault_comes_back_when_the_change_that_served_it_too_is_refuted() -> None:
    (back,) = prove._put_back(*state(WIDER, "refuted"))
    assert (back.sql, back.solves) == (FIX, (FAULT,))


@pytest.mark.parametrize("verdict", ["proven", "unproven"])
def test_nothing_comes_back_while_its_answer_stands(verdict: Verdict) -> None:
    assert prove._put_back(*state(WIDER, verdict)) == []


def test_nothing_comes_back_twice() -> None:
    before, proofs = state(WIDER, "refuted")
    before["recommendations"].append(change("ddl", FIX, FAULT))
    assert prove._put_back(before, proofs) == []


@pytest.mark.parametrize(
    ("kind", "sql", "solves", "timed", "further"),
    [
        ("index", "CREATE INDEX ON t (a)", (), True, False),
        ("ddl", "CREATE INDEX ON t (a)", ("statement:1",), True, False),
        ("ddl", "ALTER TABLE t ADD COLUMN a int", ("check:t",), False, False),
        ("access", "REVOKE ALL ON t FROM PUBLIC", (), False, False),
        ("access", "ALTER ROLE boss NOSUPERUSER", (), False, True),
    ],
)
def test_roles_are_not_changed_beside_other_proofs(
    kind: Kind, sql: str, solves: tuple[str, ...], timed: bool, further: bool
) -> None:
    given = change(kind, sql, *solves)
    assert (prove.is_timed(given), prove._reaches_further(given)) == (timed, further)
