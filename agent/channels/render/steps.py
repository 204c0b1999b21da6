"""What to do next: from a report to the few steps that a person takes, in order."""

from __future__ import annotations

from collections.abc import Iterable

from dbengineer.agent.channels import render
from dbengineer.agent.deliverables._judging import key
from dbengineer.agent.state import Deliverable, Report, Verdict
from dbengineer.tools.facts import SEVERITIES, Artefact, Coverage, Fact, Finding, Recommendation

VERDICTS: dict[Verdict, str] = {
    "proven": "proven",
    "needs_person": "for a person to decide",
    "unproven": "unproven",
    "refuted": "refuted",
}
VERDICT_MEANINGS: dict[Verdict, str] = {
    "proven": "tried in scratch, and it does what it should",
    "needs_person": "it works, but only you can judge what follows from it",
    "unproven": "it could not be tried; do not run it as it is",
    "refuted": "tried in scratch, and it does not do what it should; do not run it",
}
HINTS = 3
"""How many things a step names."""


class Step(Fact):
    """One step: what to do, how, and which part of the report shows it (`where`, narrowed by `only`)."""

    do: str
    how: str
    where: str
    only: str = ""


def steps(report: Report) -> list[Step]:
    """The steps in the order to take them; none when nothing is left to do."""
    found = (_run(report), _decide(report), _answer(report), _place(report), _show(report), _ask(report))
    return [step for step in found if step]


def answer(report: Report, finding: Finding) -> Recommendation | None:
    """The best change that answers a finding, if one does: proven before one that a person has to decide."""
    found = [r for r in report.recommendations if key(finding) in r.solves and render.verdict(report, r) in _GOOD]
    return min(found, key=lambda r: _GOOD.index(render.verdict(report, r)), default=None)


def unanswered(report: Report) -> list[Finding]:
    """The faults that nothing proven answers, worst first."""
    return worst_first(f for f in report.findings if f.severity != "info" and not answer(report, f))


def worst_first(found: Iterable[Finding]) -> list[Finding]:
    """Findings by severity, and those of one kind together."""
    return sorted(found, key=lambda f: (SEVERITIES.index(f.severity), f.title, f.object))


def unseen(report: Report) -> list[tuple[Deliverable, Coverage]]:
    """What could not be looked at, or only in part, with the line of the checklist it belongs to."""
    every = ((d, c) for d in report.checklist.deliverables for c in d.coverage if not c.complete)
    return list({c.because or c.what: (d, c) for d, c in every}.values())


def files(deliverable: Deliverable) -> tuple[list[Artefact], int]:
    """The files of a deliverable to begin with, and how many more there are in folders below them."""
    first = [a for a in deliverable.artefacts if a.path.count("/") < 2]
    return first, len(deliverable.artefacts) - len(first)


def notes(report: Report) -> list[str]:
    """What has to be known of the way the review was made."""
    role = [f"The role of this review could change the database: {problem}" for problem in report.role_problems]
    return [*role, *report.notes, *report.refused]


def number(n: int, one: str, many: str = "") -> str:
    """A number with its word: 1 change, 2 changes."""
    return f"{n} {one if n == 1 else many or one + 's'}"


_GOOD: tuple[Verdict, ...] = ("proven", "needs_person")


def _of(report: Report, verdict: Verdict) -> list[Recommendation]:
    return [r for r in report.recommendations if render.verdict(report, r) == verdict]


def _titles(found: list[Finding]) -> str:
    titles = list(dict.fromkeys(f.title for f in found))
    return "; ".join(titles[:HINTS]) + ("; …" if len(titles) > HINTS else "")


def _run(report: Report) -> Step | None:
    n = len(_of(report, "proven"))
    order = any(a.path == "migrations/README.md" for d in report.checklist.deliverables for a in d.artefacts)
    how = "migrations/README.md has the order and the locks" if order else "the SQL and the way back are with each"
    return (
        Step(do=f"Apply {number(n, 'proven change')}", how=how, where="changes", only="verdict=proven") if n else None
    )


def _decide(report: Report) -> Step | None:
    n = len(_of(report, "needs_person"))
    how = "each works, but only you can judge what follows from it; say yes with dbengineer approve"
    return (
        Step(do=f"Decide on {number(n, 'change')}", how=how, where="changes", only="verdict=needs_person")
        if n
        else None
    )


def _answer(report: Report) -> Step | None:
    found = unanswered(report)
    bad = sum(f.severity in ("critical", "high") for f in found)
    do = f"Work out {number(len(found), 'fault')} without a proven answer" + (
        f", {bad} critical or high" if bad else ""
    )
    return Step(do=do, how=_titles(found), where="findings", only="answer=none") if found else None


def _place(report: Report) -> Step | None:
    """Files that are ready; changes, which have a step of their own, are not meant."""
    ready = [
        d.title for d in report.checklist.deliverables if d.status == "ready" and files(d)[0] and not d.recommendations
    ]
    do = f"Put in place what is ready: {', '.join(ready)}"
    return Step(do=do, how="drafted and tried; the files are with each line", where="checklist") if ready else None


def _show(report: Report) -> Step | None:
    gaps = list(dict.fromkeys(c.what for _, c in unseen(report) if not c.hints))
    do = f"Close {number(len(gaps), 'gap')}: {', '.join(gaps)}"
    how = "what the review could not see, it cannot vouch for"
    return Step(do=do, how=how, where="unseen") if gaps else None


def _ask(report: Report) -> Step | None:
    left = sum(d.status == "not_asked" for d in report.checklist.deliverables)
    do = f"Review the other {number(left, 'deliverable')}"
    return (
        Step(do=do, how="dbengineer review without --deliverable looks at all eight", where="checklist")
        if left
        else None
    )
