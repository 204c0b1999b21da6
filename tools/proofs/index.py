"""An index: what the workload costs the planner with it, and where rows may be copied, how long it takes with it."""

from __future__ import annotations

from typing import Any

import psycopg

from dbengineer.tools.facts import Fact, Proof, Recommendation
from dbengineer.tools.indexes import ddl, execution, what_if
from dbengineer.tools.indexes.execution import Run, Trial
from dbengineer.tools.indexes.what_if import Planner
from dbengineer.tools.plans.literals import without_literals
from dbengineer.tools.plans.read import Plan
from dbengineer.tools.queries import workload
from dbengineer.tools.queries.parameters import Undrawable
from dbengineer.tools.queries.running import Timing, Unplannable
from dbengineer.tools.queries.usage import Names
from dbengineer.tools.queries.workload import Statement
from dbengineer.tools.workbench import Workbench

CHEAPER, COSTLIER, FASTER = 0.9, 1.01, 0.8


class Cost(Fact):
    """A statement on the shadow, in the planner's units."""

    statement: Statement
    before: Plan
    after: Plan

    @property
    def ratio(self) -> float:
        """The cost with the index divided by the cost without."""
        return self.after.cost / self.before.cost if self.before.cost else 1.0


def prove(bench: Workbench, recommendation: Recommendation) -> Proof:
    """Planned first; then run, which decides where it may be done: cost is not time."""
    statements = workload.read(bench.target).statements
    solves = [s for s in statements if s.key in recommendation.solves]
    try:
        costs, evidence = _planned(bench, recommendation, statements)
    except (ValueError, psycopg.Error) as error:
        with bench.ledger.watch("proof index", "scratch", recommendation.sql) as seen:
            seen.saw = {"copy": "shadow", "error": _said(error)}
        return _proof(recommendation, "refuted", f"PostgreSQL refuses it: {_said(error)}", [seen.id])
    if bench.rows != "copy":
        return _by_cost(recommendation, costs, solves, [evidence])
    wanted = solves or [c.statement for c in costs if c.ratio < CHEAPER]
    rest = [s for s in statements if s not in wanted]
    return _by_time(bench, recommendation, costs, wanted, rest, [evidence])


def _said(error: Exception) -> str:
    return (error.diag.message_primary or "") if isinstance(error, psycopg.Error) else str(error)


def _proof(recommendation: Recommendation, verdict: Any, reason: str, evidence: list[str]) -> Proof:
    return Proof(recommendation=recommendation.id, verdict=verdict, reason=reason, evidence=tuple(evidence))


def _planned(
    bench: Workbench, recommendation: Recommendation, statements: tuple[Statement, ...]
) -> tuple[list[Cost], str]:
    """The statements whose plan changes with the index, and the evidence; raises ValueError or psycopg.Error."""
    from dbengineer.tools.scratch.shadow import hypothetical_index

    candidates = ddl.created(recommendation.sql, bench.schema)
    if not candidates:
        raise ValueError("its SQL creates no index")
    with (
        bench.ledger.watch("proof index", "scratch", recommendation.sql) as seen,
        Planner(bench.shadow.database, create=hypothetical_index) as planner,
    ):
        accepted = planner.add(candidates)
        if len(accepted) < len(candidates):
            raise ValueError("; ".join(planner.refused.values()))
        names = frozenset(candidate.name for candidate in accepted)
        costs = [cost for s in statements if (cost := _cost(planner, s, names))]
        size = sum(planner.bytes(candidate) for candidate in accepted)
        seen.saw = {"copy": "shadow", "estimated_bytes": size, "planned": len(costs)} | _costs_seen(costs)
    return [cost for cost in costs if cost.before != cost.after], seen.id


def _cost(planner: Planner, statement: Statement, names: frozenset[str]) -> Cost | None:
    try:
        before = planner.plan(statement)
        return Cost(statement=statement, before=before, after=planner.plan(statement, names))
    except Unplannable:
        return None


def _costs_seen(costs: list[Cost]) -> dict[str, Any]:
    changed = [c for c in costs if c.ratio < CHEAPER or c.ratio > COSTLIER]
    return {
        "before": {c.statement.key: _plan_seen(c.before) for c in changed},
        "after": {c.statement.key: _plan_seen(c.after) for c in changed},
        "regressions": [c.statement.key for c in costs if c.ratio > COSTLIER],
    }


def _plan_seen(plan: Plan) -> dict[str, Any]:
    """A plan without any constant, whoever reads it."""
    shown = without_literals(plan).model_dump(mode="json", exclude_defaults=True)
    return {"cost": round(plan.cost, 2), "plan": shown}


def _by_cost(recommendation: Recommendation, costs: list[Cost], solves: list[Statement], evidence: list[str]) -> Proof:
    cheaper = [c for c in costs if c.ratio < CHEAPER and (not solves or c.statement in solves)]
    costlier = [c for c in costs if c.ratio > COSTLIER]
    if not cheaper:
        reason = "with it no statement that it is for costs the planner a tenth less"
        return _proof(recommendation, "refuted", reason, evidence)
    best = min(cheaper, key=lambda c: c.ratio)
    gain = sum(c.statement.calls * (c.before.cost - c.after.cost) for c in cheaper)
    loss = sum(c.statement.calls * (c.after.cost - c.before.cost) for c in costlier)
    said = f"{len(cheaper)} statements cost the planner less, the best {best.before.cost:,.0f} → {best.after.cost:,.0f}"
    if loss > gain:
        return _proof(recommendation, "refuted", f"{said}, but {len(costlier)} others lose more than that", evidence)
    worse = f"; {len(costlier)} cost more" if costlier else "; none costs more"
    reason = f"{said}{worse} (by the planner's cost on a copy without rows: rows may not be copied, so nothing was run)"
    return _proof(recommendation, "proven", reason, evidence)


def _by_time(
    bench: Workbench,
    recommendation: Recommendation,
    costs: list[Cost],
    solves: list[Statement],
    others: list[Statement],
    evidence: list[str],
) -> Proof:
    database = bench.restored.database
    bench.progress(f"running {len(solves)} statements without and with: {recommendation.title}")
    try:
        with database.alone, bench.ledger.watch("proof index", "scratch", recommendation.sql) as seen:
            what_if.prepare(database)
            trial = execution.trial(database, recommendation.sql, solves, others, Names(bench.schema))
            seen.saw = _trial_seen(trial)
    except Undrawable as error:
        proof = _by_cost(recommendation, costs, solves, evidence)
        return proof.model_copy(update={"reason": f"{proof.reason}; it could not be run: {error}"})
    except psycopg.Error as error:
        return _proof(recommendation, "refuted", f"with the rows that are there: {_said(error)}", evidence)
    return _judged(recommendation, trial, solves + others, [*evidence, seen.id])


def _judged(recommendation: Recommendation, trial: Trial, statements: list[Statement], evidence: list[str]) -> Proof:
    if not trial.solved:
        why = next(iter(trial.failed.values()), "")
        return _proof(recommendation, "refuted", f"with it none of its statements could be run: {why}", evidence)
    calls = {s.fingerprint: s.calls for s in statements}
    faster = [run for run in trial.solved if run.after.ms < run.before.ms * FASTER]
    slower = [run for run in (*trial.solved, *trial.others) if run.slower]
    if not faster:
        best = min(trial.solved, key=lambda run: run.after.ms / (run.before.ms or 1))
        reason = f"run with the rows that are there it is not a fifth faster: {_times(best)}"
        return _proof(recommendation, "refuted", reason, evidence)
    gain = sum(calls[run.fingerprint] * (run.before.ms - run.after.ms) for run in faster)
    loss = sum(calls[run.fingerprint] * (run.after.ms - run.before.ms) for run in slower)
    best = min(faster, key=lambda run: run.after.ms / (run.before.ms or 1))
    said = f"run with the rows that are there, {len(faster)} of {len(trial.solved)} runs are faster: {_times(best)}"
    if loss > gain:
        return _proof(
            recommendation, "refuted", f"{said}; but {len(slower)} others lose more: {_times(slower[0])}", evidence
        )
    worse = f"; {len(slower)} slower: {_times(slower[0])}" if slower else "; none is slower"
    return _proof(recommendation, "proven", said + worse, evidence)


def _times(run: Run) -> str:
    return f"statement:{run.fingerprint} {_ms(run.before.ms)} → {_ms(run.after.ms)} ms"


def _ms(ms: float) -> str:
    return f"{ms:,.0f}" if ms >= 10 else f"{ms:.2g}"


def _trial_seen(trial: Trial) -> dict[str, Any]:
    runs = (*trial.solved, *trial.others)
    return {
        "copy": "restored",
        "build_ms": trial.build_ms,
        "bytes": trial.bytes,
        "before": {f"{n} statement:{r.fingerprint}": _run_seen(r.before) for n, r in enumerate(runs, 1)},
        "after": {f"{n} statement:{r.fingerprint}": _run_seen(r.after) for n, r in enumerate(runs, 1)},
        "changes": {f"{n} statement:{r.fingerprint}": r.comparison.changes for n, r in enumerate(runs, 1)},
        "regressions": [f"statement:{r.fingerprint}" for r in runs if r.slower],
        "not_run": trial.failed,
    }


def _run_seen(timing: Timing) -> dict[str, Any]:
    return {"ms": round(timing.ms, 3), "blocks": timing.blocks, "runs": timing.runs} | _plan_seen(timing.plan)
