"""A dropped index: whether any statement of the workload costs more without it, and whether something needs it."""

from __future__ import annotations

from typing import Any

import psycopg

from dbengineer.tools.facts import Proof, Recommendation
from dbengineer.tools.indexes import ddl, what_if
from dbengineer.tools.proofs.index import COSTLIER, Cost
from dbengineer.tools.queries import workload
from dbengineer.tools.queries.running import Unplannable, planned
from dbengineer.tools.queries.workload import Statement
from dbengineer.tools.schema.catalog import Index, Schema
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.workbench import Workbench


def prove(bench: Workbench, recommendation: Recommendation) -> Proof:
    """On the shadow; what the statements seen do not show (replicas, yearly jobs) is for a person to say."""
    with bench.ledger.watch("proof drop_index", "scratch", recommendation.sql) as seen:
        try:
            indexes = ddl.dropped(recommendation.sql, bench.schema)
            found = workload.read(bench.target)
            needed = [why for index in indexes for why in needs(index, bench.schema)]
            costs, failed = ([], 0) if needed else _without(bench.shadow.database, indexes, found.statements)
        except (ValueError, psycopg.Error) as error:
            needed, costs, failed = [str(error).splitlines()[0]], [], 0
        seen.saw = _saw(needed, costs, failed)
    worse = [c for c in costs if c.ratio > COSTLIER]
    if needed:
        return _proof(recommendation, "refuted", "; ".join(needed), seen.id)
    if worse:
        worst = max(worse, key=lambda c: c.ratio)
        reason = (
            f"{len(worse)} statements cost more without it, {worst.statement.key} "
            f"{worst.before.cost:,.0f} → {worst.after.cost:,.0f}"
        )
        return _proof(recommendation, "refuted", reason, seen.id)
    if not costs:
        reason = f"there is no statement to try it with: {found.coverage.because or 'none was counted'}"
        return _proof(recommendation, "unproven", reason, seen.id)
    blind = f", {failed} could not be planned" if failed else ""
    reason = f"none of {len(costs)} statements of the workload costs the planner more without it{blind}"
    return _proof(recommendation, "proven", reason, seen.id)


def needs(index: Index, schema: Schema) -> list[str]:
    """Why an index cannot go: a constraint, uniqueness, or a foreign key that no other index supports."""
    if index.constraint_backed:
        return [f"{index.name} carries a constraint"]
    if index.unique and index.valid:
        return [f"{index.name} keeps {', '.join(index.columns)} unique"]
    table = schema.table(index.table)
    keys = [key for key in (table.foreign_keys if table else ()) if _supports(index, key.columns)]
    others = [i for i in (table.indexes if table else ()) if i.name != index.name]
    return [
        f"{index.name} is the only index that supports the foreign key {key.name}"
        for key in keys
        if not any(_supports(other, key.columns) for other in others)
    ]


def _supports(index: Index, columns: tuple[str, ...]) -> bool:
    held = {column.strip('"') for column in index.columns[: len(columns)]}
    return index.valid and not index.predicate and index.method == "btree" and held == set(columns)


def _without(database: Database, indexes: list[Index], statements: tuple[Statement, ...]) -> tuple[list[Cost], int]:
    """The statements with and without the indexes, and how many could not be planned."""
    what_if.prepare(database)
    texts = {s: what_if.planning_text(s) for s in statements if _readable(s)}
    before = {s: plan for s, text in texts.items() if (plan := _plan(database, text))}
    with database.connection.transaction(force_rollback=True):
        for index in indexes:
            database.script(f"DROP INDEX {index.qualified}")
        after = {s: planned(database, texts[s]) for s in before}
    costs = [Cost(statement=s, before=before[s], after=after[s]) for s in before]
    return costs, len(statements) - len(costs)


def _readable(statement: Statement) -> bool:
    try:
        return bool(what_if.planning_text(statement))
    except Unplannable:
        return False


def _plan(database: Database, text: str) -> Any:
    try:
        return planned(database, text)
    except Unplannable:
        return None


def _proof(recommendation: Recommendation, verdict: Any, reason: str, evidence: str) -> Proof:
    return Proof(recommendation=recommendation.id, verdict=verdict, reason=reason, evidence=(evidence,))


def _saw(needed: list[str], costs: list[Cost], failed: int) -> dict[str, Any]:
    return {
        "copy": "shadow",
        "needed": needed,
        "planned": len(costs),
        "not_planned": failed,
        "before": {c.statement.key: round(c.before.cost, 2) for c in costs if c.before.cost != c.after.cost},
        "after": {c.statement.key: round(c.after.cost, 2) for c in costs if c.before.cost != c.after.cost},
        "regressions": [c.statement.key for c in costs if c.ratio > COSTLIER],
    }
