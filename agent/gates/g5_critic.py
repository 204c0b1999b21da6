"""The critic: a second look by the model, which may only lower a verdict."""

from __future__ import annotations

from dbengineer.agent.model import Model
from dbengineer.agent.state import Review, State
from dbengineer.tools.facts import Recommendation
from dbengineer.tools.ledger import Ledger


def judge(recommendation: Recommendation, state: State, ledger: Ledger, model: Model) -> Review | None:
    """Turns an objection of the model into a question to a person; agreement changes nothing."""
    objection = model.criticize(recommendation, state)
    if not objection:
        return None
    return Review(recommendation=recommendation.id, gate="critic", verdict="needs_person", reason=objection)
