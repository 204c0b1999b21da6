"""Investigate: decide what to look at next."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from dbengineer.agent import leave
from dbengineer.agent.context import Context
from dbengineer.agent.model import ModelFailed, Playbook
from dbengineer.agent.state import Call, State, Turn


def investigate(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """The steps of the deliverables first, whoever decides; then what the model still wants to see."""
    turn = Playbook().decide(state)
    if turn.calls:
        return {"turn": turn}
    try:
        turn = runtime.context.model.decide(state)
        return {"turn": turn if turn.calls else _at_least(state)}
    except ModelFailed as error:
        return {"turn": turn, "notes": [runtime.context.give_up_on_the_model(str(error))]}


def _at_least(state: State) -> Turn:
    """All checks, once, where a model has asked for something and every tool has refused."""
    made = state.get("made", [])
    everything = Call(tool="run_checks", args={})
    planned = leave.planned(state["request"])
    in_vain = any(m.call not in planned for m in made) and not any(m.result or m.call == everything for m in made)
    return Turn(calls=(everything,) if in_vain else ())
