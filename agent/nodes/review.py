"""Review: every gate judges every recommendation."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from dbengineer.agent import gates
from dbengineer.agent.context import Context
from dbengineer.agent.model import ModelFailed
from dbengineer.agent.state import Review, State
from dbengineer.tools.facts import Recommendation


def review(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """The verdicts of the gates; a refuted recommendation is not shown to the gates that cost more."""
    reviews: list[Review] = []
    notes: list[str] = []
    for recommendation in state.get("recommendations", []):
        judged, failed = _judged(recommendation, state, runtime.context)
        reviews += judged
        notes += failed
    return {"reviews": reviews, "notes": notes, "retries": state.get("retries", 0) + 1}


def _judged(recommendation: Recommendation, state: State, context: Context) -> tuple[list[Review], list[str]]:
    reviews: list[Review] = []
    for gate in gates.gates().values():
        try:
            judged = gate.judge(recommendation, state, context.bench.ledger, context.model)
        except ModelFailed as error:
            return reviews, [context.give_up_on_the_model(str(error))]
        if judged:
            reviews.append(judged)
            if judged.verdict == "refuted":
                break
    return reviews, []
