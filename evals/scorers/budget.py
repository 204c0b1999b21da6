"""Whether a case stayed within its seconds and its calls of tools."""

from __future__ import annotations

from dbengineer.evals.scorers import Score
from dbengineer.evals.seen import Seen


def score(seen: Seen) -> Score | None:
    """1 within both; each that was exceeded is named."""
    if not seen.made:
        return None
    over = []
    if seen.seconds > seen.case.seconds:
        over.append(f"{seen.seconds:.0f} s of {seen.case.seconds:.0f}")
    if len(seen.made) > seen.case.calls:
        over.append(f"{len(seen.made)} calls of {seen.case.calls}")
    answer = "kept" if not over else "exceeded"
    return Score(name="budget", value=float(not over), answer=answer, because=tuple(over))
