"""What a review has invented: faults of a database that has none."""

from __future__ import annotations

from dbengineer.evals.scorers import Score
from dbengineer.evals.seen import Seen
from dbengineer.evals.truth import truth


def score(seen: Seen) -> Score | None:
    """On a healthy database every finding above info and every change that was not refuted is invented."""
    if seen.report is None or truth(seen.case.database).flaws:
        return None
    report = seen.report
    findings = [f"{f.severity} {f.check} {f.object}" for f in report.findings if f.severity != "info"]
    changes = [f"change {r.id}: {r.title}" for r in report.recommendations if _stands(seen, r.id)]
    invented = tuple(findings + changes)
    return Score(name="invented", value=float(not invented), answer=str(len(invented)), because=invented)


def _stands(seen: Seen, recommendation: str) -> bool:
    return seen.verdict(recommendation) in ("proven", "needs_person")
