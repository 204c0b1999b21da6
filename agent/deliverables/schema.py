"""The schema: keys, types, relations and the picture of them."""

from dbengineer.agent.deliverables import _judging
from dbengineer.agent.state import Deliverable, State

title = "Schema (ERD)"
steps = ("schema",)


def judge(state: State) -> Deliverable:
    """The tick of this line, and because of what."""
    return _judging.judge(
        state,
        "schema",
        clean="every table has its keys, types and relations in order; the picture is erd.svg",
        needs=("erd.svg", "erd.mmd"),
    )
