"""Deliver: draft the accepted changes, let each deliverable judge itself, and write the checklist."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from langgraph.runtime import Runtime

from dbengineer.agent import deliverables
from dbengineer.agent.context import Context
from dbengineer.agent.nodes.call_tools import make
from dbengineer.agent.state import Call, Checklist, Made, Report, State, approved, findings, verdict
from dbengineer.tools.facts import DELIVERABLES, Recommendation
from dbengineer.tools.schema.fingerprint import fingerprint
from dbengineer.tools.workbench import Workbench


def deliver(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """The report; its data is written to checklist.json, and channels show it."""
    bench = runtime.context.bench
    drafted = draft(state, bench) if "migrations" in state["request"].deliverables else []
    finished: State = {**state, "made": [*state.get("made", []), *drafted]}
    report = _report(finished, runtime.context)
    bench.write("checklist.json", report.model_dump_json(indent=2), "Checklist", "schema")
    return {"report": report, "made": drafted}


def accepted(state: State) -> list[Recommendation]:
    """The changes to hand over: proven, or approved by a person."""
    every = state.get("recommendations", [])
    return [r for r in every if is_migration(r) and (verdict(state, r.id) == "proven" or approved(state, r.id))]


def waiting(state: State) -> list[Recommendation]:
    """The changes that were proven and wait for a person."""
    every = state.get("recommendations", [])
    return [
        r for r in every if is_migration(r) and verdict(state, r.id) == "needs_person" and not approved(state, r.id)
    ]


def is_migration(recommendation: Recommendation) -> bool:
    """Whether a change is made in the database; the new text of a query is made in the application."""
    return bool(recommendation.sql) and recommendation.kind not in ("query", "plan")


def draft(state: State, bench: Workbench) -> list[Made]:
    """The migration files of the accepted changes, and apart from them those that wait for a person."""
    args = {
        "recommendations": [r.model_dump(mode="json") for r in accepted(state)],
        "waiting": [r.model_dump(mode="json") for r in waiting(state)],
    }
    return [make(bench, Call(tool="draft_migrations", args=args))]


def _report(state: State, context: Context) -> Report:
    bench = context.bench
    now = datetime.now(UTC)
    checklist = Checklist(
        database=bench.target.database,
        server=f"PostgreSQL {server(bench.target.version)}",
        at=now,
        deliverables=tuple(deliverables.lines()[name].judge(state) for name in DELIVERABLES),
    )
    return Report(
        checklist=checklist,
        model=context.model.name,
        rows=bench.rows,
        schema_fingerprint=fingerprint(bench.target),
        role_problems=bench.target.role_problems,
        seconds=round((now - state["started"]).total_seconds(), 1),
        findings=tuple(findings(state)),
        recommendations=tuple(state.get("recommendations", [])),
        proofs=tuple(state.get("proofs", [])),
        reviews=tuple(state.get("reviews", [])),
        decisions=tuple(state.get("decisions", [])),
        refused=tuple(m.refused for m in state.get("made", []) if m.refused),
        notes=tuple(state.get("notes", [])),
    )


def server(version: int) -> str:
    """A server's version as people write it: 180006 is 18.6."""
    return f"{version // 10000}.{version % 10000}"
