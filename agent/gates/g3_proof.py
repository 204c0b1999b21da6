"""A recommendation is what its proof in scratch has shown, and nothing better."""

from __future__ import annotations

from dbengineer.agent.model import Model
from dbengineer.agent.state import Review, State
from dbengineer.tools.facts import Recommendation
from dbengineer.tools.ledger import Ledger


def judge(recommendation: Recommendation, state: State, ledger: Ledger, model: Model) -> Review | None:
    """Passes the verdict of the proof on; without a proof, or with one that cites nothing real, it is unproven."""
    proof = next((p for p in state.get("proofs", []) if p.recommendation == recommendation.id), None)
    if proof is None:
        return Review(recommendation=recommendation.id, gate="proof", verdict="unproven", reason="it was not tried")
    told = proof.verdict == "unproven" and not proof.evidence  # why it could not be tried is all there is to say
    if not told and (not proof.evidence or any(e not in ledger for e in proof.evidence)):
        reason = "its proof cites no evidence of this run"
        return Review(recommendation=recommendation.id, gate="proof", verdict="unproven", reason=reason)
    return Review(
        recommendation=recommendation.id,
        gate="proof",
        verdict=proof.verdict,
        reason=proof.reason,
        evidence=proof.evidence,
    )
