"""Security: encryption and access control."""

from dbengineer.agent.deliverables import _judging
from dbengineer.agent.state import Deliverable, State

title = "Security audit (encryption, access control)"
steps = ("security_audit",)


def judge(state: State) -> Deliverable:
    """The tick of this line, and because of what."""
    return _judging.judge(state, "security", clean="no fault in encryption or access control", needs=("security.md",))
