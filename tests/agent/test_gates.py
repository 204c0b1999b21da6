"""A gate can lower a verdict and never raise one."""

from __future__ import annotations

import pytest

from dbengineer.agent.gates import g1_evidence, g2_way_back, g3_proof, g4_consequence, g5_critic
from dbengineer.agent.model import Playbook, Scripted
from dbengineer.agent.state import VERDICTS, Review, State, verdict
from dbengineer.tools.facts import Proof, Recommendation
from dbengineer.tools.ledger import Ledger

NOBODY = Playbook()


def changed(recommendation: Recommendation, **fields: object) -> Recommendation:
    return recommendation.model_copy(update=fields)


def test_evidence_of_this_run_passes(index: Recommendation, ledger: Ledger) -> None:
    assert g1_evidence.judge(index, {}, ledger, NOBODY) is None


def test_evidence_that_no_tool_made_is_refuted(index: Recommendation, ledger: Ledger) -> None:
    review = g1_evidence.judge(changed(index, evidence=("ev-invented",)), {}, ledger, NOBODY)
    assert review
    assert review.verdict == "refuted"
    assert "ev-invented" in review.reason


def test_citing_nothing_is_refuted(index: Recommendation, ledger: Ledger) -> None:
    review = g1_evidence.judge(changed(index, evidence=()), {}, ledger, NOBODY)
    assert review
    assert review.verdict == "refuted"


def test_a_change_with_a_way_back_passes(index: Recommendation, ledger: Ledger) -> None:
    assert g2_way_back.judge(index, {}, ledger, NOBODY) is None
    assert g2_way_back.judge(changed(index, sql="", undo=""), {}, ledger, NOBODY) is None
    assert g2_way_back.judge(changed(index, sql="ANALYZE public.tasks", undo=""), {}, ledger, NOBODY) is None


def test_a_change_without_a_way_back_needs_a_person(index: Recommendation, ledger: Ledger) -> None:
    review = g2_way_back.judge(changed(index, undo=""), {}, ledger, NOBODY)
    assert review
    assert review.verdict == "needs_person"


@pytest.mark.parametrize("shown", ["proven", "refuted", "unproven"])
def test_the_proof_decides(index: Recommendation, proof: Proof, ledger: Ledger, shown: str) -> None:
    state: State = {"proofs": [proof.model_copy(update={"verdict": shown})]}
    review = g3_proof.judge(index, state, ledger, NOBODY)
    assert review
    assert review.verdict == shown
    assert review.evidence == proof.evidence


def test_without_a_trial_nothing_is_proven(index: Recommendation, ledger: Ledger) -> None:
    review = g3_proof.judge(index, {"proofs": []}, ledger, NOBODY)
    assert review
    assert review.verdict == "unproven"


def test_what_could_not_be_tried_says_why(index: Recommendation, proof: Proof, ledger: Ledger) -> None:
    untried = proof.model_copy(update={"verdict": "unproven", "reason": "the disk is full", "evidence": ()})
    review = g3_proof.judge(index, {"proofs": [untried]}, ledger, NOBODY)
    assert review
    assert (review.verdict, review.reason) == ("unproven", "the disk is full")


@pytest.mark.parametrize("cited", [(), ("ev-invented",)])
def test_a_proof_without_evidence_proves_nothing(
    index: Recommendation, proof: Proof, ledger: Ledger, cited: tuple[str, ...]
) -> None:
    state: State = {"proofs": [proof.model_copy(update={"evidence": cited})]}
    review = g3_proof.judge(index, state, ledger, NOBODY)
    assert review
    assert review.verdict == "unproven"


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE a DROP COLUMN b",
        "ALTER TABLE a ALTER COLUMN b TYPE bigint",
        "ALTER TABLE a RENAME b TO c",
        "ALTER TABLE a ENABLE ROW LEVEL SECURITY",
        "DROP TABLE a",
        "DROP INDEX CONCURRENTLY a_b_idx",
        "REVOKE ALL ON a FROM PUBLIC",
        "ALTER ROLE a NOCREATEROLE",
        "ALTER SYSTEM SET log_connections = 'on'",
        "DELETE FROM a",
    ],
)
def test_what_has_a_consequence_needs_a_person(index: Recommendation, ledger: Ledger, sql: str) -> None:
    review = g4_consequence.judge(changed(index, sql=sql), {}, ledger, NOBODY)
    assert review
    assert review.verdict == "needs_person"


@pytest.mark.parametrize("sql", ["CREATE INDEX ON a (b)", "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0) NOT VALID", ""])
def test_what_only_adds_needs_nobody(index: Recommendation, ledger: Ledger, sql: str) -> None:
    assert g4_consequence.judge(changed(index, sql=sql), {}, ledger, NOBODY) is None


def test_a_new_text_of_a_query_needs_a_person(index: Recommendation, ledger: Ledger) -> None:
    assert g4_consequence.judge(changed(index, kind="query"), {}, ledger, NOBODY)


def test_the_critic_can_only_lower(index: Recommendation, ledger: Ledger) -> None:
    objecting = Scripted(objections={index.id: "deploys run at that hour"})
    review = g5_critic.judge(index, {}, ledger, objecting)
    assert review
    assert (review.verdict, review.reason) == ("needs_person", "deploys run at that hour")
    assert g5_critic.judge(index, {}, ledger, NOBODY) is None


@pytest.mark.parametrize("worst", VERDICTS)
def test_the_worst_verdict_counts(worst: str) -> None:
    given = ["proven", worst]
    reviews = [Review.model_validate({"recommendation": "r", "gate": "g", "verdict": v, "reason": ""}) for v in given]
    assert verdict({"reviews": reviews}, "r") == worst


def test_what_no_gate_has_seen_is_unproven() -> None:
    assert verdict({}, "r") == "unproven"
