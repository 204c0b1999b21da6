"""Tools: make the calls of this turn."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from dbengineer.agent import leave
from dbengineer.agent.context import Context
from dbengineer.agent.faults import refusal
from dbengineer.agent.model import calls_left
from dbengineer.agent.state import Call, Made, State
from dbengineer.tools import toolbox
from dbengineer.tools.workbench import Workbench

SPENT = "the budget of calls is used up; answer out of what was seen"


def call_tools(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Makes each call that the budget has room for; what is refused goes back as text that says what to do instead."""
    context, request = runtime.context, state["request"]
    rows = context.model.may_see_rows(request)
    left = max(calls_left(state, context.calls), 0)
    made: list[Made] = []
    for call in state["turn"].calls:
        planned = call in leave.planned(request)
        if not planned and not left:
            return {"made": [*made, Made(call=call, refused=SPENT)], "notes": [f"{SPENT} ({context.calls} calls)"]}
        left -= not planned
        why = leave.refusal(call, request, rows)
        made.append(Made(call=call, refused=why) if why else make(context.bench, call))
    return {"made": made}


def spent(state: State) -> bool:
    """Whether the model has asked for more calls than the route makes for it."""
    return any(made.refused == SPENT for made in state.get("made", []))


def make(bench: Workbench, call: Call) -> Made:
    """One call, made or refused; raises Unreachable."""
    try:
        return Made(call=call, result=toolbox.call(bench, call.tool, call.args))
    except Exception as error:
        return Made(call=call, refused=f"{call.tool}: {refusal(error)}")
