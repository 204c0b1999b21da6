"""The state of one run, and the words of the agent: request, call, review, deliverable, checklist."""

from __future__ import annotations

import operator
from datetime import datetime
from typing import Annotated, Any, Literal, TypedDict

from dbengineer.tools.facts import (
    DELIVERABLES,
    Artefact,
    Coverage,
    DeliverableId,
    Fact,
    Finding,
    Proof,
    Recommendation,
    Result,
)

Verdict = Literal["refuted", "unproven", "needs_person", "proven"]
Status = Literal["done", "ready", "open", "cannot_tell", "not_asked"]

VERDICTS: tuple[Verdict, ...] = ("refuted", "unproven", "needs_person", "proven")
"""From worst to best: the verdict on a recommendation is the worst that any gate gave."""


class Request(Fact):
    """What somebody asked for, and through which channel."""

    text: str = ""
    channel: str = "cli"
    thread: str = ""
    earlier: str = ""
    """What was said before in the same conversation, as far as a model may be told it."""
    server: str = ""
    """The host of the database, with its port where that is not 5432."""
    database: str = ""
    deliverables: tuple[DeliverableId, ...] = DELIVERABLES


class Options(Fact):
    """How to look at a database; its address is not among them, because it may hold a password."""

    demo: str | None = None
    rows: Literal["none", "copy"] = "none"
    trust_role: bool = False


class Call(Fact):
    """One call of a tool."""

    tool: str
    args: dict[str, Any] = {}


class Made(Fact):
    """A call that was made: its result, or why it was refused or failed."""

    call: Call
    result: Result | None = None
    refused: str = ""


class Turn(Fact):
    """What the model wants next: calls of tools, or none when it has seen enough."""

    calls: tuple[Call, ...] = ()
    thought: str = ""


class Review(Fact):
    """What one gate says of one recommendation."""

    recommendation: str
    gate: str
    verdict: Verdict
    reason: str
    evidence: tuple[str, ...] = ()


class Decision(Fact):
    """What a person said of a recommendation, bound to the hash of what was decided."""

    recommendation: str
    decision: Literal["approve", "reject", "later"]
    by: str
    at: datetime
    sha256: str


class Deliverable(Fact):
    """One line of the checklist, with the reason for its tick."""

    id: DeliverableId
    title: str
    status: Status
    because: str
    coverage: tuple[Coverage, ...] = ()
    artefacts: tuple[Artefact, ...] = ()
    recommendations: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


class Checklist(Fact):
    """The eight deliverables of one database."""

    database: str
    server: str
    at: datetime
    deliverables: tuple[Deliverable, ...]


class Report(Fact):
    """Everything a report shows: the checklist and what stands behind it."""

    checklist: Checklist
    model: str
    rows: Literal["none", "copy"]
    schema_fingerprint: str
    role_problems: tuple[str, ...] = ()
    seconds: float
    findings: tuple[Finding, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    proofs: tuple[Proof, ...] = ()
    reviews: tuple[Review, ...] = ()
    decisions: tuple[Decision, ...] = ()
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class State(TypedDict, total=False):
    """What the route remembers from step to step; everything in it survives a restart."""

    request: Request
    started: datetime
    turn: Turn
    made: Annotated[list[Made], operator.add]
    recommendations: list[Recommendation]
    proposed: list[str]
    proofs: list[Proof]
    reviews: list[Review]
    retries: int
    decisions: list[Decision]
    answer: str
    answered_by: str
    notes: Annotated[list[str], operator.add]
    report: Report


def findings(state: State) -> list[Finding]:
    """Every finding of the run, each once."""
    every = (f for made in state.get("made", []) if made.result for f in made.result.findings)
    return list({(f.check, f.object): f for f in every}.values())


def coverage(state: State, deliverable: DeliverableId) -> list[Coverage]:
    """How much of what a deliverable looks at could be examined: one entry a kind of thing, the worst of each."""
    worst: dict[str, Coverage] = {}
    for made in state.get("made", []):
        if made.result and belongs(made.call, deliverable):
            for c in made.result.coverage:
                if c.what not in worst or missing(c) > missing(worst[c.what]):
                    worst[c.what] = c
    return list(worst.values())


def missing(coverage: Coverage) -> float:
    """The share of a kind of thing that was not looked at, 0 to 1."""
    return 1 - coverage.examined / coverage.total if coverage.total else float(coverage.because != "")


def belongs(call: Call, deliverable: DeliverableId) -> bool:
    """Whether a call was made for a deliverable: by name for the checks, by the deliverable's steps otherwise."""
    from dbengineer.agent import deliverables

    named = call.args.get("deliverable")
    return named == deliverable if named else call.tool in deliverables.tools_of(deliverable)


def verdict(state: State, recommendation: str) -> Verdict:
    """The worst verdict any gate gave; a recommendation that no gate has seen is unproven."""
    given = [r.verdict for r in state.get("reviews", []) if r.recommendation == recommendation]
    return min(given, key=VERDICTS.index, default="unproven")


def approved(state: State, recommendation: str) -> bool:
    """Whether a person approved it."""
    return any(d.recommendation == recommendation and d.decision == "approve" for d in state.get("decisions", []))
