"""Whether a backup was restored and compared, and the comparison was shown to be able to fail."""

from __future__ import annotations

from dbengineer.evals.scorers import Score, share
from dbengineer.evals.seen import Seen


def score(seen: Seen) -> Score | None:
    """The share of tables and of damages on purpose that came out as they should; only with real evidence."""
    if seen.report is None or "backup" not in seen.case.deliverables:
        return None
    drill = seen.drill
    if drill is None or not drill.rows:
        return Score(
            name="restores", value=0.0, answer="nothing was restored", because=("there is no drill with rows",)
        )
    unknown = tuple(f"no tool made {e}" for e in drill.evidence if e not in seen.evidence)
    unnoticed = tuple(f"not noticed: {c.damage}" for c in drill.controls if not c.noticed)
    because = (*unknown, *unnoticed, *drill.comparison.faults)
    of = sum(t.verdict != "not compared" for t in drill.comparison.tables) + len(drill.controls)
    return share("restores", max(0, of - len(because)), of, because)
