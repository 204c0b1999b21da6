"""What a review has invented: faults of a database that has none."""

from __future__ import annotations

from dbengineer.agent.state import Report
from dbengineer.evals.scorers import Score
from dbengineer.evals.truth import truth


def score(schema: str, report: Report) -> Score:
    """On a healthy database every finding above info and every change is invented; elsewhere it is not scored."""
    if truth(schema).flaws:
        return Score(name="invented", value=None, answer="only scored on a healthy database")
    findings = [f"{f.severity} {f.check} {f.object}" for f in report.findings if f.severity != "info"]
    invented = tuple(findings + [f"change {r.id}: {r.title}" for r in report.recommendations])
    return Score(name="invented", value=float(not invented), answer=str(len(invented)), because=invented)
