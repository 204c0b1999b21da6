"""Backup: a plan worked out from this database, and a restore that was really done."""

from dbengineer.agent.deliverables import _judging
from dbengineer.agent.state import Deliverable, State

title = "Backup strategy implemented"
steps = ("restore_drill", "backup_plan")


def judge(state: State) -> Deliverable:
    """The tick of this line, and because of what."""
    return _judging.judge(
        state,
        "backup",
        clean="WAL is archived and a backup of this database was restored and compared",
        needs=("backup/plan.md", "backup/drill.md"),
    )
