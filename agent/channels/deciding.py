"""What a review offers for a person's decision, and the decision: bound to the hash that was shown, and logged."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbengineer.agent.approvals import Word
from dbengineer.agent.state import Report, State, verdict
from dbengineer.tools.facts import DELIVERABLES, DeliverableId, Fact

if TYPE_CHECKING:
    from dbengineer.agent.approvals import Approval


class Offer(Fact):
    """A change that waits for a person's word: what is decided on is this hash and no other."""

    review: str
    change: str
    title: str
    sql: str
    undo: str
    why: str
    because: str
    sha256: str


class Asked(Fact):
    """A decision as it was sent: who, where, on which change with which hash."""

    change: str
    sha256: str
    word: Word
    by: str
    channel: str


class Steps:
    """Tells what was looked at, step by step: which evidence came of it, and how many ms the step's calls took."""

    def __init__(self, tell: Callable[[Any, dict[str, Any]], None]) -> None:
        self._tell = tell
        self._made = 0
        self._since = time.perf_counter()
        self.evidence: list[str] = []
        self.answered_by = ""

    def watch(self, state: State) -> None:
        """Looks at the state after a step."""
        for made in state.get("made", [])[self._made :]:
            ids = list(made.result.evidence) if made.result else []
            self.evidence += ids
            said = {"tool": made.call.tool, "ids": ids, "ms": round((time.perf_counter() - self._since) * 1000, 1)}
            self._tell("evidence", said | ({"refused": made.refused} if made.refused else {}))
        self._made = len(state.get("made", []))
        self._since = time.perf_counter()
        self.answered_by = state.get("answered_by", "")


def deliverables(text: str) -> tuple[DeliverableId, ...]:
    """The deliverables that are named after `review`, all when none is; raises ToolError."""
    from dbengineer.tools.toolbox import ToolError

    names = text.lower().replace(",", " ").split()
    if unknown := [name for name in names if name not in DELIVERABLES]:
        raise ToolError(f"there is no deliverable {unknown[0]!r}; use one of {', '.join(DELIVERABLES)}")
    return tuple(name for name in DELIVERABLES if name in names) or DELIVERABLES


def summary(report: Report) -> str:
    """A review in a few lines: each deliverable with its status and why."""
    lines = [
        f"{number}. {line.title}: {line.status.replace('_', ' ')}; {line.because}"
        for number, line in enumerate(report.checklist.deliverables, 1)
        if line.status != "not_asked"
    ]
    count = len(report.findings)
    head = f"{report.checklist.database} · {report.checklist.server} · {count} finding{'' if count == 1 else 's'}"
    return "\n".join([head, *lines])


def offers(review: str, report: Report, folder: Path) -> list[Offer]:
    """The changes that were proven, need a person and have had no word yet."""
    from dbengineer.agent.approvals import decided

    known, gates = decided(folder), {"reviews": list(report.reviews)}
    waiting = [r for r in report.recommendations if r.id not in known and _verdict(gates, r.id) == "needs_person"]
    found = []
    for r in waiting:
        because = next(g.reason for g in report.reviews if g.recommendation == r.id and g.verdict == "needs_person")
        offer = {"review": review, "change": r.id, "sha256": r.sha256, "because": because}
        found.append(Offer.model_validate(offer | r.model_dump(include={"title", "sql", "undo", "why"})))
    return found


def _verdict(gates: Any, name: str) -> str:
    return verdict(gates, name)


def decide(folder: Path, report: Report, asked: Asked, fingerprint: Callable[[], str]) -> Approval:
    """Writes a word down; raises ApprovalRefused where it was not given on what is there now."""
    from dbengineer.agent import approvals
    from dbengineer.agent.channels import opening

    change = approvals.find(report, asked.change)
    if change.sha256 != asked.sha256:
        raise approvals.ApprovalRefused(
            f"{asked.change} is not the change that was shown (its sha256 is {change.sha256[:12]}…); look at it again"
        )
    opening.unchanged(folder, report, asked.change)
    return approvals.approve(
        folder, report, asked.change, by=asked.by, fingerprint=fingerprint(), word=asked.word, channel=asked.channel
    )


def log(audit_log: Path, run: str, database: str, given: Approval) -> None:
    """Writes a decision into the chained log of the statements as well."""
    from dbengineer.tools.audit import Audit

    audit = Audit(audit_log, who=given.by, channel=given.channel, run=run)
    line = {"who": given.by, "channel": given.channel, "run": run, "by": "person", "database": database}
    audit.append(line | {"decision": given.decision, "change": given.recommendation, "sha256": given.sha256})
