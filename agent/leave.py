"""What a model has leave to call: everything that shows no rows and hands nothing over."""

from __future__ import annotations

from dbengineer.agent import deliverables
from dbengineer.agent.commands import Commands
from dbengineer.agent.state import Call, Request
from dbengineer.tools import toolbox

SHOW_ROWS = frozenset({"query"})
"""Tools that answer with rows: how many there are of a kind is a value too."""


def tools(rows: bool) -> list[str]:
    """The names of the tools that a model may call; `rows` is the user's leave to show it rows."""
    return [name for name in toolbox.for_models() if rows or name not in SHOW_ROWS]


def planned(request: Request) -> list[Call]:
    """The calls that the request itself stands for, whoever else is asked."""
    return Commands().calls(request.text) if request.text else deliverables.steps(request.deliverables)


def refusal(call: Call, request: Request, rows: bool) -> str:
    """Why a model's call is not made, or nothing; a call of the request is never the model's."""
    if call.tool in toolbox.OF_THE_ROUTE:
        return f"{call.tool} is for the route, which drafts what was proven; recommend instead"
    if call in planned(request) or call.tool not in toolbox.tools():
        return ""
    if call.tool in SHOW_ROWS and not rows:
        return f"{call.tool} shows rows, and those of this database do not leave for a model; use explain or run_checks"
    if toolbox.tools()[call.tool].effect == "draft" and call.args and not request.text:
        return f"{call.tool} makes files of the report, with the arguments of the route; a person may ask for others"
    return ""
