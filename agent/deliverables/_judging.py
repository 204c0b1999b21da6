"""What all deliverables judge alike: faults first, then what answers them, then what could not be seen."""

from __future__ import annotations

from dbengineer.agent import deliverables
from dbengineer.agent.state import (
    Deliverable,
    State,
    Status,
    approved,
    belongs,
    coverage,
    findings,
    verdict,
)
from dbengineer.tools.facts import Artefact, Coverage, DeliverableId, Finding, Recommendation


def artefacts(state: State, deliverable: DeliverableId) -> tuple[Artefact, ...]:
    """The files that were made for a deliverable."""
    every = (a for made in state.get("made", []) if made.result for a in made.result.artefacts)
    return tuple({a.path: a for a in every if a.deliverable == deliverable}.values())


def faults(state: State, deliverable: DeliverableId) -> list[Finding]:
    """The findings that call for a change: all above severity info."""
    return [f for f in findings(state) if f.deliverable == deliverable and f.severity != "info"]


def answers(state: State) -> dict[str, list[Recommendation]]:
    """The recommendations by what they solve ("check:object", "statement:fingerprint")."""
    solved: dict[str, list[Recommendation]] = {}
    for recommendation in state.get("recommendations", []):
        for target in recommendation.solves:
            solved.setdefault(target, []).append(recommendation)
    return solved


def key(finding: Finding) -> str:
    """What a recommendation names in `solves` to answer this finding."""
    return finding.object if finding.object.startswith("statement:") else f"{finding.check}:{finding.object}"


def acceptable(state: State, recommendation: Recommendation) -> bool:
    """Whether a recommendation may be handed over: proven, or proven and waiting for a person, or approved."""
    return verdict(state, recommendation.id) in ("proven", "needs_person") or approved(state, recommendation.id)


def unanswered(state: State, deliverable: DeliverableId) -> list[Finding]:
    """The faults that no acceptable recommendation answers."""
    solved = answers(state)
    return [f for f in faults(state, deliverable) if not any(acceptable(state, r) for r in solved.get(key(f), []))]


def recommended(state: State, deliverable: DeliverableId) -> tuple[str, ...]:
    """The ids of the recommendations that belong to a deliverable or answer one of its findings."""
    solved = answers(state)
    own = [r.id for r in state.get("recommendations", []) if r.deliverable == deliverable]
    answering = [r.id for f in faults(state, deliverable) for r in solved.get(key(f), [])]
    return tuple(dict.fromkeys(own + answering))


def evidence(state: State, deliverable: DeliverableId) -> tuple[str, ...]:
    """The evidence behind a deliverable: of its calls, then of its findings."""
    made = (m for m in state.get("made", []) if m.result and belongs(m.call, deliverable))
    ids = [e for m in made if m.result for e in m.result.evidence]
    return tuple(dict.fromkeys(ids + [e for f in faults(state, deliverable) for e in f.evidence]))


def unseen(state: State, deliverable: DeliverableId) -> list[Coverage]:
    """What could not be looked at, or only in part."""
    return [c for c in coverage(state, deliverable) if not c.complete and not c.hints]


def asked(state: State, deliverable: DeliverableId) -> bool:
    """Whether the request wants this deliverable."""
    return deliverable in state["request"].deliverables


def failures(state: State, deliverable: DeliverableId) -> list[str]:
    """Why calls of this deliverable did not give a result."""
    return [m.refused for m in state.get("made", []) if m.refused and belongs(m.call, deliverable)]


def judge(
    state: State, deliverable: DeliverableId, *, clean: str, drafted: str = "", needs: tuple[str, ...] = ()
) -> Deliverable:
    """The common judgement.

    `clean` is said when the target itself shows no fault; `drafted`, when given, means that even then only files are
    ready and a person has to put them in place. `needs` are beginnings of paths of files without which it stays open.
    """
    files = artefacts(state, deliverable)
    lacking = [n for n in needs if not any(a.path.startswith(n) for a in files)]
    status, because = _status(state, deliverable, clean, drafted, lacking)
    return Deliverable(
        id=deliverable,
        title=deliverables.lines()[deliverable].title,
        status=status,
        because=because,
        coverage=tuple(coverage(state, deliverable)),
        artefacts=files,
        recommendations=recommended(state, deliverable),
        evidence=evidence(state, deliverable),
    )


def _status(
    state: State, deliverable: DeliverableId, clean: str, drafted: str, lacking: list[str]
) -> tuple[Status, str]:
    faulty, left, blind = faults(state, deliverable), unanswered(state, deliverable), unseen(state, deliverable)
    failed = failures(state, deliverable)
    if not asked(state, deliverable):
        return "not_asked", "this review was not asked for it"
    if everything_unseen(coverage(state, deliverable)):
        return "cannot_tell", "nothing could be looked at: " + _blind(blind)
    if failed or lacking:
        return "open", "; ".join(failed + [f"{path} was not made" for path in lacking])
    if left:
        have = "has" if len(faulty) == 1 else "have"
        return "open", f"{len(left)} of {_count(len(faulty), 'fault')} {have} no proven answer yet: {_titles(left)}"
    if faulty:
        waiting = [r for r in recommended(state, deliverable) if verdict(state, r) == "needs_person"]
        person = f"; {len(waiting)} of the answers need a person's decision" if waiting else ""
        return "ready", f"{_count(len(faulty), 'fault')} found, each with a proven answer{person}"
    if blind:
        return "cannot_tell", f"no fault in what could be seen, but {_blind(blind)}"
    return ("ready", drafted) if drafted else ("done", clean)


def everything_unseen(seen: list[Coverage]) -> bool:
    """Whether there was something to look at and none of it could be looked at."""
    counted = [c for c in seen if not c.hints]
    return bool(counted) and all(c.examined == 0 and c.because for c in counted)


def _blind(blind: list[Coverage]) -> str:
    return "; ".join(f"{c.what}: examined {c.examined} of {c.total} ({c.because})" for c in blind)


def _titles(left: list[Finding]) -> str:
    counts: dict[str, int] = {}
    for finding in left:
        counts[finding.title] = counts.get(finding.title, 0) + 1
    named = [f"{title} ({n})" if n > 1 else title for title, n in list(counts.items())[:4]]
    return ", ".join(named) + (", …" if len(counts) > len(named) else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
