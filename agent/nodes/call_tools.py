"""Tools: make the calls of this turn."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from dbengineer.agent import leave
from dbengineer.agent.context import Context
from dbengineer.agent.faults import refusal
from dbengineer.agent.state import Call, Made, State
from dbengineer.tools import toolbox
from dbengineer.tools.workbench import Workbench


def call_tools(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Makes each call; what is refused or fails goes back as text that says what to do instead."""
    request, rows = state["request"], runtime.context.model.may_see_rows(state["request"])
    made = []
    for call in state["turn"].calls:
        why = leave.refusal(call, request, rows)
        made.append(Made(call=call, refused=why) if why else make(runtime.context.bench, call))
    return {"made": made}


def make(bench: Workbench, call: Call) -> Made:
    """One call, made or refused; raises Unreachable."""
    try:
        return Made(call=call, result=toolbox.call(bench, call.tool, call.args))
    except Exception as error:
        return Made(call=call, refused=f"{call.tool}: {refusal(error)}")
