"""A change that cannot be undone needs a person."""

from __future__ import annotations

from dbengineer.agent.model import Model
from dbengineer.agent.state import Review, State
from dbengineer.tools.facts import Recommendation
from dbengineer.tools.ledger import Ledger
from dbengineer.tools.migrations import statements


def judge(recommendation: Recommendation, state: State, ledger: Ledger, model: Model) -> Review | None:
    """Asks for a person where there is SQL to run and none to take it back."""
    if not recommendation.sql or recommendation.undo or statements.maintains(recommendation.sql):
        return None
    reason = "there is no way back: no undo is given"
    return Review(recommendation=recommendation.id, gate="way back", verdict="needs_person", reason=reason)
