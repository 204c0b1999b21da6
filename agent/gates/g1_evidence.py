"""A recommendation has to cite evidence that a tool of this run has made."""

from __future__ import annotations

from dbengineer.agent.model import Model
from dbengineer.agent.state import Review, State
from dbengineer.tools.facts import Recommendation
from dbengineer.tools.ledger import Ledger


def judge(recommendation: Recommendation, state: State, ledger: Ledger, model: Model) -> Review | None:
    """Refutes what cites nothing, or an id that no tool made."""
    unknown = [e for e in recommendation.evidence if e not in ledger]
    if recommendation.evidence and not unknown:
        return None
    reason = f"no tool made the evidence {', '.join(unknown)}" if unknown else "it cites no evidence"
    return Review(recommendation=recommendation.id, gate="evidence", verdict="refuted", reason=reason)
