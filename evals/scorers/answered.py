"""How many of the faults that were found got an answer that holds."""

from __future__ import annotations

from dbengineer.evals.scorers import Score, share
from dbengineer.evals.seen import Seen
from dbengineer.tools.facts import Finding


def score(seen: Seen) -> Score | None:
    """The share of faults above info that a proven change answers, also one that a person has to decide on."""
    if seen.report is None:
        return None
    faults = [f for f in seen.report.findings if f.severity != "info"]
    standing = [r for r in seen.report.recommendations if seen.verdict(r.id) in ("proven", "needs_person")]
    solved = {key for r in standing for key in r.solves}
    left = [f for f in faults if _key(f) not in solved]
    because = tuple(f"{f.check} {f.object}: no change that holds" for f in left)
    return share("answered", len(faults) - len(left), len(faults), because, "there is no fault")


def _key(finding: Finding) -> str:
    return finding.object if finding.object.startswith("statement:") else f"{finding.check}:{finding.object}"
