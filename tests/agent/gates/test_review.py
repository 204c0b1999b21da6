"""Every gate judges every recommendation, the cheap ones first; what is refuted goes no further."""

from __future__ import annotations

from langgraph.runtime import Runtime

from dbengineer.agent import gates
from dbengineer.agent.context import Context
from dbengineer.agent.model import ModelFailed, Playbook, Scripted
from dbengineer.agent.nodes.review import review
from dbengineer.agent.state import State, verdict
from dbengineer.tools.facts import Proof, Recommendation

OBJECTION = "deploys run at that hour"


class Silent(Playbook):
    """A model that cannot be reached when the review asks it."""

    name = "silent"

    def criticize(self, recommendation: Recommendation, state: State) -> str:
        raise ModelFailed("no answer within 60 s")


def another(index: Recommendation, **fields: object) -> Recommendation:
    return index.model_copy(update={"id": "ddl-2", **fields})


def test_the_gates_judge_the_cheap_way_first_and_ask_the_model_last() -> None:
    assert list(gates.gates()) == ["g1_evidence", "g2_way_back", "g3_proof", "g4_consequence", "g5_critic"]


def test_what_was_proven_and_has_a_way_back_passes(
    index: Recommendation, proof: Proof, runtime: Runtime[Context]
) -> None:
    given = review({"recommendations": [index], "proofs": [proof]}, runtime)
    assert [(r.gate, r.verdict, r.reason) for r in given["reviews"]] == [("proof", "proven", proof.reason)]
    assert (given["notes"], given["retries"]) == ([], 1)


def test_each_gate_may_lower_the_verdict(index: Recommendation, proof: Proof, runtime: Runtime[Context]) -> None:
    runtime.context.model = Scripted(objections={index.id: OBJECTION})
    state: State = {"recommendations": [index], "proofs": [proof], "retries": 1}
    given = review(state, runtime)
    assert [(r.gate, r.verdict) for r in given["reviews"]] == [("proof", "proven"), ("critic", "needs_person")]
    assert verdict({"reviews": given["reviews"]}, index.id) == "needs_person"
    assert given["retries"] == 2


def test_what_is_refuted_is_not_shown_to_the_later_gates(
    index: Recommendation, proof: Proof, runtime: Runtime[Context]
) -> None:
    runtime.context.model = Scripted(objections={index.id: OBJECTION, "ddl-2": OBJECTION})
    invented = another(index, evidence=("ev-invented",))
    given = review({"recommendations": [invented, index], "proofs": [proof]}, runtime)["reviews"]
    assert [(r.recommendation, r.gate, r.verdict) for r in given] == [
        ("ddl-2", "evidence", "refuted"),
        (index.id, "proof", "proven"),
        (index.id, "critic", "needs_person"),
    ]


def test_a_model_that_fails_is_noted_once_and_the_review_goes_on(
    index: Recommendation, proof: Proof, runtime: Runtime[Context]
) -> None:
    runtime.context.model = Silent()
    given = review({"recommendations": [index, another(index)], "proofs": [proof]}, runtime)
    assert given["notes"] == ["the model silent failed (no answer within 60 s); the playbook finished the run"]
    assert [(r.recommendation, r.gate, r.verdict) for r in given["reviews"]] == [
        (index.id, "proof", "proven"),
        ("ddl-2", "proof", "unproven"),
    ]
    assert runtime.context.model.name == Playbook.name
