"""How many of the planted flaws a review has found."""

from __future__ import annotations

from dbengineer.agent.state import Report
from dbengineer.evals.scorers import Score
from dbengineer.evals.truth import Flaw, statements, truth
from dbengineer.tools.queries.sql import fingerprint


def score(schema: str, report: Report) -> Score:
    """The share of planted flaws that stand among the findings; each miss is named."""
    flaws = truth(schema).flaws
    missed = [f for f in flaws if not is_found(f, schema, report)]
    if not flaws:
        return Score(name="found", value=None, answer="nothing was planted")
    return Score(
        name="found",
        value=1 - len(missed) / len(flaws),
        answer=f"{len(flaws) - len(missed)} of {len(flaws)}",
        because=tuple(f"missed {f.id}: {f.check or f.kind} {f.object or f.name}" for f in missed),
    )


def is_found(flaw: Flaw, schema: str, report: Report) -> bool:
    """Whether a finding names the flaw: the same check and object, or the same statement."""
    if flaw.kind == "statement":
        wanted = f"statement:{fingerprint(statements(schema)[flaw.name])}"
        return any(f.object == wanted for f in report.findings)
    return any(f.object == flaw.object and (f.check == flaw.check or not flaw.check) for f in report.findings)
