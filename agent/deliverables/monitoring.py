"""Monitoring: the dashboards, the alerts and the three key metrics."""

from dbengineer.agent.deliverables import _judging
from dbengineer.agent.state import Deliverable, State

title = "Monitoring dashboards"
steps = ("monitoring",)


def judge(state: State) -> Deliverable:
    """The tick of this line, and because of what."""
    return _judging.judge(
        state,
        "monitoring",
        clean="",
        drafted="the key metrics are within their limits; dashboard and alert rules are drafted, import them",
        needs=("monitoring/",),
    )
