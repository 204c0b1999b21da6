"""How many of the planted flaws a review has found."""

from __future__ import annotations

from dbengineer.agent.state import Report
from dbengineer.evals.scorers import Score, share
from dbengineer.evals.seen import Seen
from dbengineer.evals.truth import Flaw, statements, truth
from dbengineer.tools.queries.sql import fingerprint


def score(seen: Seen) -> Score | None:
    """The share of planted flaws that stand in the report; each miss is named, and what is small is not scored."""
    if seen.report is None:
        return None
    planted = [f for f in truth(seen.case.database).flaws if f.deliverable in seen.case.deliverables]
    flaws = [f for f in planted if not f.small]
    missed = [f for f in flaws if not is_found(f, seen.case.database, seen.report)]
    because = tuple(f"missed {f.id} ({f.difficulty}): {f.check or f.kind} {f.object or f.name}" for f in missed)
    return share("found", len(flaws) - len(missed), len(flaws), because, "nothing was planted")


def is_found(flaw: Flaw, schema: str, report: Report) -> bool:
    """Whether the report names it: the same check and object, or the statement, as slow or as what a change is for."""
    if flaw.kind == "statement":
        wanted = f"statement:{fingerprint(statements(schema)[flaw.name])}"
        answered = any(wanted in r.solves for r in report.recommendations)
        return answered or any(f.object == wanted for f in report.findings)
    return any(f.object == flaw.object and (f.check == flaw.check or not flaw.check) for f in report.findings)
