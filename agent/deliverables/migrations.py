"""Migrations: every accepted change as a file with its way back, rehearsed up, down and up again."""

from dbengineer.agent.deliverables import _judging
from dbengineer.agent.state import Deliverable, State, verdict

title = "Migration scripts"
steps = ()


def judge(state: State) -> Deliverable:
    """Ready when every accepted change was drafted; done when there is nothing to change."""
    proven = [
        r for r in state.get("recommendations", []) if r.sql and r.kind != "query" and verdict(state, r.id) == "proven"
    ]
    if not proven:
        return _judging.judge(state, "migrations", clean="no change is needed and none was left half done")
    files = len(_judging.artefacts(state, "migrations"))
    changes = "1 proven change is" if len(proven) == 1 else f"{len(proven)} proven changes are"
    drafted = f"{changes} drafted for Alembic and Flyway, each with its way back ({files} files)"
    return _judging.judge(state, "migrations", clean="", drafted=drafted, needs=("migrations/",))
