"""Migrations: every accepted change as a file with its way back, rehearsed up, down and up again."""

from dbengineer.agent.deliverables import _judging
from dbengineer.agent.state import Deliverable, State, verdict

title = "Migration scripts"
steps = ()


def judge(state: State) -> Deliverable:
    """Ready when every accepted change was drafted; done when there is nothing to change."""
    changes = [r for r in state.get("recommendations", []) if r.sql and r.kind != "query"]
    proven = [r for r in changes if verdict(state, r.id) == "proven"]
    waiting = [r for r in changes if verdict(state, r.id) == "needs_person"]
    if not proven and waiting:
        so_many = "1 change waits" if len(waiting) == 1 else f"{len(waiting)} changes wait"
        drafted = f"{so_many} in migrations/waiting for a person to decide"
        return _judging.judge(state, "migrations", clean="", drafted=drafted, needs=("migrations/waiting",))
    if not proven:
        return _judging.judge(state, "migrations", clean="no change is needed and none was left half done")
    files = len(_judging.artefacts(state, "migrations"))
    so_many = "1 proven change is" if len(proven) == 1 else f"{len(proven)} proven changes are"
    drafted = f"{so_many} drafted for Alembic and Flyway, each with its way back ({files} files)"
    return _judging.judge(state, "migrations", clean="", drafted=drafted, needs=("migrations/",))
