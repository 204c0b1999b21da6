"""Investigate: decide what to look at next."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from dbengineer.agent.context import Context
from dbengineer.agent.model import ModelFailed, Playbook
from dbengineer.agent.state import State


def investigate(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """The steps of the deliverables first, whoever decides; then what the model still wants to see."""
    turn = Playbook().decide(state)
    if turn.calls:
        return {"turn": turn}
    try:
        return {"turn": runtime.context.model.decide(state)}
    except ModelFailed as error:
        return {"turn": turn, "notes": [runtime.context.give_up_on_the_model(str(error))]}
