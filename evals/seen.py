"""What is known of a case after it ran: all that a scorer may look at."""

from __future__ import annotations

from dataclasses import dataclass, field

from dbengineer.agent.state import VERDICTS, Made, Report, Verdict
from dbengineer.evals.cases import Case
from dbengineer.evals.executing import Executed
from dbengineer.tools.backups.drill import Protocol
from dbengineer.tools.facts import Evidence


@dataclass(frozen=True)
class Seen:
    """The report or the answer, the evidence behind it, and what came of doing what was recommended."""

    case: Case
    model: str
    seconds: float
    evidence: dict[str, Evidence]
    made: tuple[Made, ...] = ()
    report: Report | None = None
    drill: Protocol | None = None
    answer: str = ""
    changed: tuple[str, ...] = ()
    """What is another one in the benchmark database than before, though nobody may write there."""
    executed: Executed = field(default_factory=Executed)

    def verdict(self, recommendation: str) -> Verdict:
        """The worst verdict that any gate gave, as the report shows it."""
        return verdict(self.report, recommendation) if self.report else "unproven"


def verdict(report: Report, recommendation: str) -> Verdict:
    """The worst verdict that any gate gave a recommendation."""
    given = [r.verdict for r in report.reviews if r.recommendation == recommendation]
    return min(given, key=VERDICTS.index, default="unproven")
