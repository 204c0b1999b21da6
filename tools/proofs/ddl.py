"""A change of the schema: made on a copy, where the check falls silent, taken back and made again."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from dbengineer.tools.facts import Proof, Recommendation
from dbengineer.tools.migrations import statements
from dbengineer.tools.migrations.probes import Probe, plain, probes
from dbengineer.tools.proofs import _change
from dbengineer.tools.proofs._change import Trial
from dbengineer.tools.scratch.database import quoted
from dbengineer.tools.target import RefusedSql
from dbengineer.tools.workbench import Workbench

HIDDEN = "SELECT name FROM unnest(%s::text[]) AS name WHERE row_security_active(to_regclass(name)) ORDER BY name"


def prove(bench: Workbench, recommendation: Recommendation) -> Proof:
    """On the copy without rows first; what existing rows may forbid also where they are."""
    trials = [_change.on_a_clone(bench, bench.rehearsal.database, recommendation)]
    if fault := trials[0].fault:
        return faulty(bench, recommendation, trials[0], fault)
    asks = probes(recommendation.sql, bench.schema)
    if not asks and (trials[0].fired or bench.rows != "copy"):
        return _change.verdict(recommendation, trials)
    if asks and (hidden := _hidden(bench, recommendation.sql)):
        reason = (
            f"row security hides rows of {', '.join(hidden)} from the role, so nobody could look for {asks[0].asks}"
        )
        return _open(recommendation, reason, [trials[0].evidence])
    if bench.rows == "copy":
        trials.append(_change.on_a_clone(bench, bench.restored.database, recommendation))
        if fault := trials[1].fault:
            return _change.refuted(recommendation, trials[1], f"with the rows that are there: {fault}")
        return _change.verdict(recommendation, trials)
    return _asked(bench, recommendation, trials, asks)


def rehearsed(bench: Workbench, recommendation: Recommendation) -> Proof:
    """On the copy without rows alone: its locks, its way back, and whether the check falls silent."""
    trial = _change.on_a_clone(bench, bench.rehearsal.database, recommendation)
    if trial.fault:
        return faulty(bench, recommendation, trial, trial.fault)
    return _change.verdict(recommendation, [trial])


def faulty(bench: Workbench, recommendation: Recommendation, trial: Trial, fault: str) -> Proof:
    """A change that names what the copy lacks says nothing about the change."""
    coverage = bench.rehearsal.coverage
    if not coverage.complete and "does not exist" in fault:
        reason = f"the copy lacks something ({coverage.because}): {fault}"
        return Proof(recommendation=recommendation.id, verdict="unproven", reason=reason, evidence=(trial.evidence,))
    return _change.refuted(recommendation, trial, fault)


def _asked(bench: Workbench, recommendation: Recommendation, trials: list[Trial], asks: list[Probe]) -> Proof:
    """Without leave to copy rows the target is asked for those that are in the way."""
    evidence = [trials[0].evidence]
    for probe in asks:
        filled = any(statements.kind(s) in statements.CHANGES_ROWS for s in statements.split(recommendation.sql))
        if not probe.sql or filled:
            return _open(recommendation, f"needs rows, to see whether there are {probe.asks}", evidence)
        try:
            rows, evidence_id = _count(bench, probe)
        except (psycopg.Error, RefusedSql) as error:
            return _open(recommendation, f"needs rows: the target refused to count {probe.asks}", evidence, error)
        evidence.append(evidence_id)
        if rows:
            return Proof(
                recommendation=recommendation.id,
                verdict="refuted",
                reason=f"rows are in the way: {rows}{'+' if rows >= 1000 else ''} {probe.asks}",
                evidence=tuple(evidence),
            )
    return _change.verdict(recommendation, trials, *evidence[1:])


def _hidden(bench: Workbench, sql: str) -> list[str]:
    """The tables of a change that have rows which the role does not see; no dump and no count holds those."""
    import postgast
    from postgast import pg_query_pb2 as grammar

    trees = [statements.node(s)[1] for s in statements.split(sql)]
    tables = {_name(relation) for tree in trees for relation in postgast.find_nodes(tree, grammar.RangeVar)}
    return [plain(row["name"]) for row in bench.target.query(HIDDEN, (sorted(tables),))]


def _name(relation: Any) -> str:
    return quoted(relation.schemaname or "public", relation.relname)


def _count(bench: Workbench, probe: Probe) -> tuple[int, str]:
    started = time.perf_counter()
    rows = int(bench.target.query(probe.sql)[0]["rows"])
    took = (time.perf_counter() - started) * 1000
    return rows, bench.ledger.record("prove ddl", "target", probe.sql, {"asks": probe.asks, "rows": rows}, took).id


def _open(recommendation: Recommendation, reason: str, evidence: list[str], error: Exception | None = None) -> Proof:
    words = _change.refusal(error) if isinstance(error, psycopg.Error) else error
    said = f" ({words})" if error else ""
    return Proof(recommendation=recommendation.id, verdict="unproven", reason=reason + said, evidence=tuple(evidence))
