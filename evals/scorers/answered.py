"""How many of the slow statements got a proven answer."""

from __future__ import annotations

from dbengineer.agent.state import VERDICTS, Report
from dbengineer.evals.scorers import Score


def score(schema: str, report: Report) -> Score:
    """The share of slow statements that a proven change answers; each other one is named with its reason."""
    slow = [f for f in report.findings if f.check == "slow_statement"]
    if not slow:
        return Score(name="answered", value=None, answer="no statement is slow")
    worst = {
        r.id: min(
            (v.verdict for v in report.reviews if v.recommendation == r.id), key=VERDICTS.index, default="unproven"
        )
        for r in report.recommendations
    }
    proven = {key for r in report.recommendations if worst[r.id] in ("proven", "needs_person") for key in r.solves}
    left = [f for f in slow if f.object not in proven]
    return Score(
        name="answered",
        value=1 - len(left) / len(slow),
        answer=f"{len(slow) - len(left)} of {len(slow)}",
        because=tuple(f"{f.object}: {f.detail[:200]}" for f in left),
    )
