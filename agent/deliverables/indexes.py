"""Indexes: the missing, the useless and the broken."""

from dbengineer.agent.deliverables import _judging
from dbengineer.agent.state import Deliverable, State

title = "Indexes optimized"
steps = ("workload", "advise_indexes")


def judge(state: State) -> Deliverable:
    """The tick of this line, and because of what."""
    return _judging.judge(
        state, "indexes", clean="no index is missing, redundant, unused or broken for the statements seen"
    )
