"""Approve: a person decides what the review may not decide; nothing is ever applied here."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import TypeAdapter

from dbengineer.agent.context import Context
from dbengineer.agent.state import Decision, State, verdict
from dbengineer.tools.facts import Recommendation


def waiting(state: State) -> list[Recommendation]:
    """The recommendations that need a person and that no person has decided on."""
    decided = {d.recommendation for d in state.get("decisions", [])}
    every = state.get("recommendations", [])
    return [r for r in every if verdict(state, r.id) == "needs_person" and r.id not in decided]


def approve(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Stops the run until a person has decided on each, also with "later"; decisions are bound to what was shown."""
    asked = {r.id: r for r in waiting(state)}
    if not asked:
        return {"decisions": state.get("decisions", [])}
    given = interrupt({"approve": [r.model_dump(mode="json") for r in asked.values()]})
    decisions = TypeAdapter(list[Decision]).validate_python(given)
    bound = [d for d in decisions if d.recommendation in asked and d.sha256 == asked[d.recommendation].sha256]
    return {"decisions": [*state.get("decisions", []), *bound]}
