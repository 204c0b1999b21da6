"""Queries: the statements that take the time, and what makes them fast."""

from dbengineer.agent.deliverables import _judging
from dbengineer.agent.state import Deliverable, State

title = "Query performance tuned (< 100 ms)"
steps = ("workload", "tune_queries")


def judge(state: State) -> Deliverable:
    """The tick of this line, and because of what."""
    return _judging.judge(state, "queries", clean="every statement seen takes less than 100 ms on average")
