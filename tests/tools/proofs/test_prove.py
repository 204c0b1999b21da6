"""A recommendation is proven in the way of its kind, and in every further way that its promise needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dbengineer.tools.facts import Proof, Recommendation
from dbengineer.tools.proofs import both, prove
from dbengineer.tools.queries import workload
from dbengineer.tools.workbench import Rows, Workbench

INDEX = "CREATE INDEX CONCURRENTLY by_weight ON public.crates (weight)"
NO_INDEX = "DROP INDEX CONCURRENTLY public.by_weight"


def recommended(kind: Any, sql: str, undo: str, *solves: str) -> Recommendation:
    """A recommendation of a kind."""
    return Recommendation(
        id="r-1", deliverable="schema", kind=kind, title="t", why="w", sql=sql, undo=undo, solves=solves
    )


def test_what_nothing_can_try_stays_unproven(make_bench: Callable[[Rows], Workbench]) -> None:
    proof = prove(make_bench("none"), recommended("plan", "", ""))
    assert (proof.verdict, proof.reason, proof.evidence) == ("unproven", "nothing here can try it", ())


def test_a_change_that_answers_a_statement_has_to_make_it_cheaper(market: Workbench) -> None:
    statements = workload.read(market.target).statements
    (by_weight,) = (s.key for s in statements if "weight = $1 AND" in s.text)
    (by_day,) = (s.key for s in statements if "picked_on = $1" in s.text)
    helps = prove(market, recommended("ddl", INDEX, NO_INDEX, by_weight))
    does_not = prove(market, recommended("ddl", INDEX, NO_INDEX, by_day))
    assert (helps.verdict, does_not.verdict) == ("proven", "refuted"), (helps.reason, does_not.reason)
    assert "made, taken back and made again" in helps.reason
    assert "1 statements cost the planner less" in helps.reason
    assert "no statement that it is for costs the planner a tenth less" in does_not.reason
    assert [market.ledger[e].tool for e in helps.evidence] == ["prove ddl", "proof index"]


@pytest.mark.parametrize(
    ("one", "other", "worse"),
    [
        ("proven", "proven", "proven"),
        ("proven", "unproven", "unproven"),
        ("unproven", "refuted", "refuted"),
        ("refuted", "proven", "refuted"),
    ],
)
def test_the_worse_of_two_proofs_counts_and_both_are_told(one: Any, other: Any, worse: str) -> None:
    first = Proof(recommendation="r-1", verdict=one, reason="it is quick", evidence=("ev-1",))
    second = Proof(recommendation="r-1", verdict=other, reason="it can be taken back", evidence=("ev-2",))
    proof = both(first, second)
    assert (proof.verdict, proof.reason) == (worse, "it is quick; it can be taken back")
    assert proof.evidence == ("ev-1", "ev-2")
