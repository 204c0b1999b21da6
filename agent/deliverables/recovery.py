"""Recovery: what to do when the worst has happened."""

from dbengineer.agent.deliverables import _judging
from dbengineer.agent.state import Deliverable, State

title = "Disaster recovery plan"
steps = ("restore_drill", "recovery_plan")


def judge(state: State) -> Deliverable:
    """The tick of this line, and because of what."""
    return _judging.judge(
        state,
        "recovery",
        clean="",
        drafted="the plan is drafted with times from the drill; name its owners",
        needs=("recovery.md",),
    )
