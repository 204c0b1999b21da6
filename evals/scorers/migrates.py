"""Whether the changes that are called proven can be made and taken back, on a copy with all rows."""

from __future__ import annotations

from dbengineer.evals.scorers import Score, share
from dbengineer.evals.seen import Seen


def score(seen: Seen) -> Score | None:
    """The share of changes that were made; none of it where the ways back leave another schema behind."""
    if seen.report is None:
        return None
    done, failed = len(seen.executed.applied), len(seen.executed.failed)
    left = tuple(f"left behind: {line}" for line in seen.executed.left)
    made = share(
        "migrates", done - min(failed, done), max(done, failed), seen.executed.failed + left, "nothing to change"
    )
    return made.model_copy(update={"value": 0.0}) if left else made
