"""Whether the eight ticks tell the truth: none on a line with a planted fault that has no answer."""

from __future__ import annotations

from dbengineer.agent.state import Deliverable
from dbengineer.evals.scorers import Score, share
from dbengineer.evals.scorers.found import is_found
from dbengineer.evals.seen import Seen
from dbengineer.evals.truth import truth


def score(seen: Seen) -> Score | None:
    """The share of lines whose status fits: "done" only without a fault, "open" or "ready" only with one."""
    if seen.report is None:
        return None
    lines = seen.report.checklist.deliverables
    wrong = tuple(why for line in lines if (why := lie(seen, line)))
    return share("ticks", len(lines) - len(wrong), len(lines), wrong)


def lie(seen: Seen, line: Deliverable) -> str:
    """What is untrue about a line, or nothing."""
    assert seen.report
    loud = {(f.check, f.object) for f in seen.report.findings if f.severity != "info" and f.deliverable == line.id}
    planted = [
        f
        for f in truth(seen.case.database).flaws
        if (f.check, f.object) in loud and is_found(f, seen.case.database, seen.report)
    ]
    if planted and line.status == "done":
        return f"{line.id} is ticked as done with {len(planted)} planted faults, such as {planted[0].id}"
    if not truth(seen.case.database).flaws and line.status == "open":
        return f"{line.id} is open though nothing is wrong: {line.because}"
    if line.id == "migrations" and line.status == "done" and _changes(seen):
        return f"migrations is done though {len(_changes(seen))} changes stand"
    return _unanswered(seen, line, loud)


def _changes(seen: Seen) -> list[str]:
    """The changes of the database that were proven, whether or not a person has to decide on them."""
    every = seen.report.recommendations if seen.report else ()
    return [r.id for r in every if r.kind != "query" and seen.verdict(r.id) in ("proven", "needs_person")]


def _unanswered(seen: Seen, line: Deliverable, loud: set[tuple[str, str]]) -> str:
    assert seen.report
    standing = [r for r in seen.report.recommendations if seen.verdict(r.id) in ("proven", "needs_person")]
    solved = {key for r in standing for key in r.solves}
    left = [f"{check}:{thing}" for check, thing in sorted(loud) if not {f"{check}:{thing}", thing} & solved]
    return (
        f"{line.id} is {line.status} with no answer to {left[0]}" if left and line.status in ("done", "ready") else ""
    )
