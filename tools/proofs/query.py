"""Another text for a statement: the same rows and faster, run where rows may be copied."""

from __future__ import annotations

from typing import Any

import psycopg

from dbengineer.tools.facts import Fact, Proof, Recommendation
from dbengineer.tools.indexes import ddl, execution, what_if
from dbengineer.tools.indexes.what_if import Planner
from dbengineer.tools.plans.literals import without_literals
from dbengineer.tools.plans.read import Plan
from dbengineer.tools.queries import proof, sql, workload
from dbengineer.tools.queries.parameters import Undrawable
from dbengineer.tools.queries.proof import Pair
from dbengineer.tools.queries.rewrites import rewrites
from dbengineer.tools.queries.running import Timing, Unrunnable
from dbengineer.tools.queries.usage import Names
from dbengineer.tools.queries.workload import Statement
from dbengineer.tools.workbench import Workbench

CHEAPER, FASTER = 0.9, 0.8


class Change(Fact):
    """What a recommendation of this kind holds: indexes to make first, the old text and the new one."""

    script: str
    old: Statement
    new: str


def prove(bench: Workbench, recommendation: Recommendation) -> Proof:
    """Planned first, then run; without rows only a rule that keeps the meaning whatever the rows can prove it."""
    try:
        change = read(bench, recommendation)
        plans, evidence = _planned(bench, recommendation, change)
    except (ValueError, psycopg.Error) as error:
        with bench.ledger.watch("proof query", "scratch", recommendation.sql) as seen:
            seen.saw = {"copy": "shadow", "error": _said(error)}
        return _proof(recommendation, "refuted", f"the new text cannot be planned: {_said(error)}", [seen.id])
    if bench.rows != "copy":
        return _by_cost(bench, recommendation, change, plans, [evidence])
    return _by_time(bench, recommendation, change, plans, [evidence])


def read(bench: Workbench, recommendation: Recommendation) -> Change:
    """The parts of a recommendation; raises ValueError where its SQL or its undo do not end in a statement of data."""
    *script, new = sql.split(recommendation.sql) or [""]
    *_, old = sql.split(recommendation.undo) or [""]
    if {sql.kind(new), sql.kind(old)} - set(sql.DATA):
        raise ValueError("its SQL has to end in the new text, and its undo in the old one")
    found = workload.read(bench.target).get(sql.fingerprint(old))
    return Change(script=";\n".join(script), old=found or workload.unknown(old), new=new)


def _said(error: Exception) -> str:
    return (error.diag.message_primary or "") if isinstance(error, psycopg.Error) else str(error)


def _proof(recommendation: Recommendation, verdict: Any, reason: str, evidence: list[str]) -> Proof:
    return Proof(recommendation=recommendation.id, verdict=verdict, reason=reason, evidence=tuple(evidence))


def _planned(bench: Workbench, recommendation: Recommendation, change: Change) -> tuple[tuple[Plan, Plan], str]:
    from dbengineer.tools.scratch.shadow import hypothetical_index

    candidates = ddl.created(change.script, bench.schema)
    new = change.old.model_copy(update={"text": change.new, "fingerprint": sql.fingerprint(change.new)})
    with (
        bench.ledger.watch("proof query", "scratch", recommendation.sql) as seen,
        Planner(bench.shadow.database, create=hypothetical_index) as planner,
    ):
        names = frozenset(candidate.name for candidate in planner.add(candidates))
        before, after = planner.plan(change.old), planner.plan(new, names)
        seen.saw = {"copy": "shadow", "before": _plan_seen(before), "after": _plan_seen(after), "regressions": []}
    return (before, after), seen.id


def _plan_seen(plan: Plan) -> dict[str, Any]:
    shown = without_literals(plan).model_dump(mode="json", exclude_defaults=True)
    return {"cost": round(plan.cost, 2), "plan": shown}


def _by_cost(
    bench: Workbench, recommendation: Recommendation, change: Change, plans: tuple[Plan, Plan], evidence: list[str]
) -> Proof:
    before, after = plans
    costs = f"the planner's cost goes from {before.cost:,.0f} to {after.cost:,.0f}"
    same, found = sql.runnable(change.new), rewrites(change.old.text, bench.schema)
    rule = next((r for r in found if r.kept and sql.runnable(r.text) == same), None)
    if after.cost > before.cost * CHEAPER:
        return _proof(recommendation, "refuted", f"it is not a tenth cheaper: {costs}", evidence)
    if rule is None:
        reason = f"{costs}, but only running both where rows are can show that they mean the same"
        return _proof(recommendation, "unproven", reason, evidence)
    reason = (
        f"the rule “{rule.title}” keeps the meaning whatever the rows, and {costs} (rows may not be copied: not run)"
    )
    return _proof(recommendation, "proven", reason, evidence)


def _by_time(
    bench: Workbench, recommendation: Recommendation, change: Change, plans: tuple[Plan, Plan], evidence: list[str]
) -> Proof:
    database = bench.restored.database
    bench.progress(f"running both texts: {recommendation.title}")
    try:
        with database.alone, bench.ledger.watch("proof query", "scratch", recommendation.sql) as seen:
            what_if.prepare(database)
            pairs = _run(bench, change)
            seen.saw = _seen(pairs)
    except Undrawable as error:
        given = _by_cost(bench, recommendation, change, plans, evidence)
        return given.model_copy(update={"reason": f"{given.reason}; it could not be run: {error}"})
    except (Unrunnable, psycopg.Error) as error:
        return _proof(recommendation, "refuted", f"it fails where rows are: {_said(error)}", evidence)
    return _judged(recommendation, pairs, [*evidence, seen.id])


def _run(bench: Workbench, change: Change) -> list[Pair]:
    database = bench.restored.database
    old = proof.old_runs(database, change.old, Names(bench.schema))
    with execution.made(database, change.script):
        return [proof.pair(database, change.old.text, change.new, run, bench.schema) for run in old]


def _judged(recommendation: Recommendation, pairs: list[Pair], evidence: list[str]) -> Proof:
    different = [p for p in pairs if not p.same]
    if different:
        reason = f"{len(different)} of {len(pairs)} times the new text gave other rows than the old one"
        return _proof(recommendation, "refuted", reason, evidence)
    before = sum(p.before_ms for p in pairs)
    after = sum(p.after.ms for p in pairs if p.after)
    times = f"{_ms(before / len(pairs))} → {_ms(after / len(pairs))} ms on average of {len(pairs)} sets of values"
    if endless := [p for p in pairs if not p.compared]:
        times += f", with {len(endless)} of which the old text did not end in {endless[0].waited_ms / 1000:.0f} s"
    if after > before * FASTER:
        return _proof(recommendation, "refuted", f"the same rows, but not a fifth faster: {times}", evidence)
    return _proof(recommendation, "proven", f"run with the rows that are there: the same rows, {times}", evidence)


def _ms(ms: float) -> str:
    return f"{ms:,.0f}" if ms >= 10 else f"{ms:.2g}"


def _seen(pairs: list[Pair]) -> dict[str, Any]:
    return {
        "copy": "restored",
        "same": [p.same for p in pairs if p.compared],
        "rows": [p.rows for p in pairs],
        "before": [_timing_seen(p.before) for p in pairs if p.before],
        "after": [_timing_seen(p.after) for p in pairs if p.after],
        "regressions": [],
    }


def _timing_seen(timing: Timing) -> dict[str, Any]:
    return {"ms": round(timing.ms, 3), "blocks": timing.blocks, "runs": timing.runs} | _plan_seen(timing.plan)
