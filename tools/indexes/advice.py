"""Advice: the indexes that a workload lacks, as recommendations."""

from __future__ import annotations

from dbengineer.tools.facts import Coverage, Fact, Recommendation
from dbengineer.tools.indexes import candidates, statistics
from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.indexes.select import Change, Selection, select
from dbengineer.tools.indexes.statistics import TableStatistics
from dbengineer.tools.indexes.what_if import Planner
from dbengineer.tools.queries import sql
from dbengineer.tools.queries.usage import Names
from dbengineer.tools.queries.workload import Statement, Workload
from dbengineer.tools.scratch import trust
from dbengineer.tools.scratch.trust import Trust
from dbengineer.tools.texts import duration, size
from dbengineer.tools.workbench import Workbench

CHEAPER = 0.9
NOTABLE_MS = 5.0
"""Below this mean time a statement is not worth an index of its own, which every write would pay for."""
ROWS_A_SECOND = 400_000
CONCURRENTLY = (
    "CONCURRENTLY lets readers and writers go on, cannot run inside a transaction, waits for old transactions, and "
    "leaves an invalid index to drop where it fails"
)
PARTITIONED = (
    "writers of every partition wait while it is built, since a partitioned table knows no CONCURRENTLY; where they "
    "cannot, CREATE INDEX ON ONLY the table, CONCURRENTLY on each partition, then ALTER INDEX … ATTACH PARTITION"
)
TRIGRAMS = "SELECT 1 AS there FROM pg_available_extensions WHERE name = 'pg_trgm'"
WRITES = """
SELECT w.name, sum(s.n_tup_ins)::bigint AS inserted, sum(s.n_tup_upd)::bigint AS updated
FROM unnest(%s::text[]) AS w (name)
JOIN pg_stat_user_tables s ON format('%%I.%%I', s.schemaname, s.relname) = w.name
  OR s.relid IN (SELECT p.relid FROM pg_partition_tree(to_regclass(w.name)) p)
GROUP BY 1
"""


class Advice(Fact):
    """What was recommended for a workload, out of how many candidates, and what PostgreSQL refused.

    `trusted` says how many statements target and shadow plan alike.
    """

    recommendations: tuple[Recommendation, ...]
    selection: Selection
    candidates: int
    refused: dict[str, str]
    coverage: Coverage
    trusted: Coverage
    evidence: str


def advise(bench: Workbench, workload: Workload, budget: int | None = None) -> Advice:
    """Chooses indexes for a workload on the shadow, once for the same statements; `budget` in bytes."""
    key = ("advice", str(budget), *(f"{s.fingerprint} {s.calls}" for s in workload.statements))
    memory = bench.shadow.database.memory
    if key not in memory:
        memory[key] = _advise(bench, workload, budget)
    advice: Advice = memory[key]
    return advice


def _advise(bench: Workbench, workload: Workload, budget: int | None) -> Advice:
    from dbengineer.tools.scratch.shadow import hypothetical_indexes

    database = bench.shadow.database
    tables = statistics.read(database)
    trigrams = bool(bench.target.query(TRIGRAMS))
    texts = {s.fingerprint: s.text for s in workload.statements if notable(s)}
    wanted = candidates.candidates(texts, bench.schema, tables, trigrams=trigrams)
    bench.progress(f"trying {len(wanted)} possible indexes for {len(texts)} statements on the shadow")
    trusted = trust.trust(
        bench.target, bench.shadow, (s for s in workload.statements if notable(s)), Names(bench.schema)
    )
    with bench.ledger.watch("advise_indexes", "scratch", "EXPLAIN (GENERIC_PLAN) of each statement") as seen:
        with Planner(database, create_all=hypothetical_indexes) as planner:
            selection = select(planner, workload.statements, wanted, budget)
            refused = {candidate.body: why for candidate, why in planner.refused.items()}
        seen.saw = _saw(selection, len(wanted), refused) | {"calibration": trusted.calibration.model_dump()}
    recommendations = _recommendations(bench, workload, selection, tables, trusted, seen.id)
    return Advice(
        recommendations=recommendations,
        selection=selection,
        candidates=len(wanted),
        refused=refused,
        coverage=coverage(workload, selection),
        trusted=trusted.coverage,
        evidence=seen.id,
    )


def notable(statement: Statement) -> bool:
    """Whether a statement takes so long that an index may be worth its price."""
    return statement.mean_ms >= NOTABLE_MS


def coverage(workload: Workload, selection: Selection) -> Coverage:
    """How many of the statements could be planned."""
    failed = selection.unplannable
    because = f"{len(failed)} could not be planned: {next(iter(failed.values()))}" if failed else ""
    if not workload.statements:
        because = workload.coverage.because or "no statement was counted yet"
    total = len(workload.statements)
    return Coverage(what="planned statements", examined=total - len(failed), total=total, because=because)


def _saw(selection: Selection, tried: int, refused: dict[str, str]) -> dict[str, object]:
    return {
        "candidates": tried,
        "refused": refused,
        "explain_calls": selection.explain_calls,
        "cost_before": round(selection.base_cost, 2),
        "cost_after": round(selection.cost, 2),
        "chosen": [c.body for c in selection.indexes],
        "statements": [c.model_dump() for c in selection.statements if c.ratio < CHEAPER],
    }


def _recommendations(
    bench: Workbench,
    workload: Workload,
    selection: Selection,
    tables: statistics.Statistics,
    trusted: Trust,
    evidence: str,
) -> tuple[Recommendation, ...]:
    named = [c.table for c in selection.indexes]
    writes = {row["name"]: row for row in bench.target.query(WRITES, (named,))} if named else {}
    found = []
    # Where rows may be copied, running the statements decides, however they are planned here.
    doubted = frozenset[str]() if bench.rows == "copy" else trusted.differing
    for chosen, bytes_ in zip(selection.indexes, selection.bytes, strict=True):
        there = chosen.extension in bench.schema.extensions
        candidate = chosen.model_copy(update={"extension": ""}) if there else chosen
        served = [c for c in selection.statements if candidate.name in c.used and c.ratio < CHEAPER]
        changed = writes.get(candidate.table, {"inserted": 0, "updated": 0})
        found.append(
            Recommendation(
                id=Recommendation.name("index", candidate.sql()),
                deliverable="indexes",
                kind="index",
                title=f"Index {_named(candidate)}",
                why=_why(served, workload) + _doubt([c for c in served if c.fingerprint in doubted], trusted),
                sql=candidate.sql(),
                undo=candidate.undo(),
                risk=_risk(candidate, bytes_, tables[candidate.table], changed, workload),
                solves=tuple(f"statement:{c.fingerprint}" for c in served if c.fingerprint not in doubted),
                evidence=(evidence,),
            )
        )
    return tuple(found)


def _named(candidate: Candidate) -> str:
    return f"{candidate.table} ({', '.join(key.expression for key in candidate.keys)})"


def _why(served: list[Change], workload: Workload) -> str:
    by_share = sorted(served, key=lambda c: -_statement(workload, c.fingerprint).share)
    said = [
        f"{_short(_statement(workload, c.fingerprint))} (cost {c.before:,.0f} → {c.after:,.0f} a call)"
        for c in by_share
    ]
    more = f", and {len(said) - 3} more" if len(said) > 3 else ""
    return f"It serves {len(said)} of the statements: " + "; ".join(said[:3]) + more


def _doubt(doubted: list[Change], trusted: Trust) -> str:
    if not doubted:
        return ""
    reasons = "; ".join(trusted.reasons) or trust.UNKNOWN
    return f". The target plans {len(doubted)} of them otherwise than the shadow, so it proves nothing there: {reasons}"


def _statement(workload: Workload, fingerprint: str) -> Statement:
    return next(s for s in workload.statements if s.fingerprint == fingerprint)


def _short(statement: Statement) -> str:
    text = " ".join(statement.text.split())
    return f"{statement.calls:,} calls of {statement.mean_ms:,.1f} ms: {text[:80]}" + ("…" if len(text) > 80 else "")


def _risk(candidate: Candidate, bytes_: int, table: TableStatistics, writes: dict[str, int], workload: Workload) -> str:
    seconds = table.rows / ROWS_A_SECOND * len(candidate.keys) * (8 if candidate.method == "gin" else 1)
    said = [
        f"About {size(bytes_)} on disk and {duration(seconds)} to build",
        PARTITIONED if candidate.partitioned else CONCURRENTLY,
        f"every new row writes it too ({writes['inserted']:,} rows inserted and {writes['updated']:,} updated so far)",
    ]
    if cold := _updated(candidate, workload):
        said.append(f"updates of {', '.join(cold)} can no longer stay on their page (HOT)")
    if candidate.extension:
        said.append(f"it needs the extension {candidate.extension}, which comes with PostgreSQL")
    return "; ".join(said) + "."


def _updated(candidate: Candidate, workload: Workload) -> list[str]:
    """The columns of an index that statements of the workload change."""
    table = candidate.table.rpartition(".")[2].strip('"')
    held = {key.expression.strip('"') for key in candidate.keys} | {c.strip('"') for c in candidate.include}
    changed = {c for s in workload.statements for t, c in sql.updated(s.text) if t == table}
    return sorted(held & changed)
