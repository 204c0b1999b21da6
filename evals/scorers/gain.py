"""Whether statements are faster with the indexes that are for them, run on a copy with all rows."""

from __future__ import annotations

from dbengineer.evals.executing import NOTABLE_MS
from dbengineer.evals.scorers import Score, share
from dbengineer.evals.seen import Seen


def score(seen: Seen) -> Score | None:
    """The share of statements, of those that take long enough to tell, that take less time than before."""
    if seen.report is None:
        return None
    told = [g for g in seen.executed.gains if g.before_ms >= NOTABLE_MS]
    slower = tuple(f"{g.statement}: {g.before_ms:.2f} → {g.after_ms:.2f} ms" for g in told if g.after_ms >= g.before_ms)
    return share("gain", len(told) - len(slower), len(told), slower, "no index is for a statement")
