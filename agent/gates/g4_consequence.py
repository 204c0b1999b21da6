"""What a person has to decide: losing data, access or an index, changing what the application sees."""

from __future__ import annotations

from dbengineer.agent.model import Model
from dbengineer.agent.state import Review, State
from dbengineer.tools.facts import Recommendation
from dbengineer.tools.ledger import Ledger
from dbengineer.tools.migrations import consequences


def judge(recommendation: Recommendation, state: State, ledger: Ledger, model: Model) -> Review | None:
    """Asks for a person where the change has a consequence that a test in scratch cannot show."""
    reasons = consequences.of(recommendation)
    if not reasons:
        return None
    reason = "; ".join(reasons)
    return Review(recommendation=recommendation.id, gate="consequence", verdict="needs_person", reason=reason)
