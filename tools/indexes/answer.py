"""The best index set for a workload, with what it costs, gains, rests on, and how far from the best it can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Literal

from dbengineer.tools.facts import Coverage, Fact
from dbengineer.tools.indexes import candidates, dropping, leaning, left_out, second_opinion, statistics, writes
from dbengineer.tools.indexes.advice import CHEAPER, TRIGRAMS, notable
from dbengineer.tools.indexes.basing import Based, based
from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.indexes.clock import Clock
from dbengineer.tools.indexes.dropping import Droppable
from dbengineer.tools.indexes.pooling import Naming, Pool, pool
from dbengineer.tools.indexes.search import Best, Effort
from dbengineer.tools.indexes.second_opinion import SecondOpinion
from dbengineer.tools.indexes.select import Change, Selection, Terms, select
from dbengineer.tools.indexes.what_if import Planner
from dbengineer.tools.queries.running import Unplannable, planned
from dbengineer.tools.queries.usage import Condition, Names
from dbengineer.tools.queries.workload import Statement, Workload
from dbengineer.tools.scratch import trust
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.trust import Trust
from dbengineer.tools.texts import short
from dbengineer.tools.workbench import Workbench

PLANNED = "near-optimal for the planner; not run"
COSTLIER = 1.01
STATES, RARE = 10, 0.05
"""How many values a column of states has at most, and which share of rows at most is in a rare one."""
Proving = Literal["plan", "run"]


class BadWish(Exception):
    """Something wished for that cannot be; the message says what can."""


class Wishes(Fact):
    """What the user wants: `budget` in bytes of new indexes, keys an index may have, tables to leave alone, at most n
    new ones on a table, and how it is proven, in how many
    seconds of running statements at most (the last one is ended)."""

    budget: int | None = None
    max_width: int = 3
    never: tuple[str, ...] = ()
    at_most: dict[str, int] = {}
    prove: Proving = "plan"
    effort: Effort = Effort()
    run_seconds: float = 300.0


class Chosen(Fact):
    """A new index; `bytes` by the size model."""

    ddl: str
    bytes: int
    why: str
    write_cost: float = 0.0


class Dropped(Fact):
    """An existing index that may go, for a person to decide."""

    ddl: str
    bytes: int
    why: str


class Line(Fact):
    """One statement: the planner's cost of one call without and with the set, and milliseconds where it was run."""

    name: str
    text: str
    calls: int
    cost_before: float
    cost: float
    indexes: tuple[str, ...] = ()
    leans_on: tuple[str, ...] = ()
    ms_before: float | None = None
    ms: float | None = None


class Unplanned(Fact):
    """A statement that was left out, and why."""

    text: str
    reason: str


class Calibrated(Fact):
    """How alike target and shadow plan the workload: the share (0 to 1) of the statements compared, the median of
    their cost ratios, and the names of those that are planned otherwise, whose costs prove nothing."""

    compared: int
    same_plan_share: float | None
    median_ratio: float | None
    differing: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


class IndexSet(Fact):
    """The answer; costs are the planner's, of all calls.

    No set of the candidates under the same rules is below `bound`; `gap` (0 to 1) is how far the chosen one can be
    from the best. `write_cost` is in the same units. Where time was too short, `looked_at` says how many statements
    were planned with the candidates, `unreached` lists the others, and `tried` says which candidates these were.
    Where it was run, `least_ratio` is the share of the time that is left with the quickest of all plans of each
    statement that were run, however large their indexes are together.
    """

    proof: str
    base_cost: float
    cost: float
    ratio: float
    bound: float
    gap: float
    write_cost: float
    explain_calls: int
    seconds: float
    bytes: int
    candidates: int
    indexes: tuple[Chosen, ...] = ()
    drops: tuple[Dropped, ...] = ()
    statements: tuple[Line, ...] = ()
    regressions: tuple[str, ...] = ()
    unplanned: tuple[Unplanned, ...] = ()
    unreached: tuple[Unplanned, ...] = ()
    looked_at: Coverage = Coverage(what="statements", examined=0, total=0)
    tried: Coverage = Coverage(what="statements with all their possible indexes tried", examined=0, total=0)
    leaning: tuple[str, ...] = ()
    calibration: Calibrated = Calibrated(compared=0, same_plan_share=None, median_ratio=None)
    second_opinion: SecondOpinion | None = None
    notes: tuple[str, ...] = ()
    base_ms: float | None = None
    ms: float | None = None
    time_ratio: float | None = None
    least_ratio: float | None = None


class Advised(Fact):
    """The answer, all candidates tried for it, and those that some plan used, with the bytes they may take."""

    told: IndexSet
    promising: tuple[tuple[Candidate, int], ...]
    wanted: tuple[Candidate, ...] = ()


def choose(
    bench: Workbench,
    workload: Workload,
    wishes: Wishes,
    *,
    counted: bool,
    found: Callable[[Best], None] = lambda best: None,
) -> Advised:
    """Chooses on the shadow; `counted` says that the workload is what the server counted, so that writes count too.

    Raises BadWish for a table that there is not.
    """
    from dbengineer.tools.scratch.shadow import hypothetical_indexes

    tables = statistics.read(bench.shadow.database)
    _check(wishes, tables)
    clock = Clock(wishes.effort.seconds)
    bench.progress("planning the workload on both sides")
    trusted = trust.trust(bench.target, bench.shadow, workload.statements, Names(bench.schema))
    with (
        bench.ledger.watch("indexes", "scratch", "EXPLAIN (GENERIC_PLAN) of each statement") as seen,
        Planner(bench.shadow.database, create_all=hypothetical_indexes) as planner,
    ):
        known = based(planner, workload.statements, clock)
        wanted = _candidates(bench, workload, wishes, tables, counted, known, clock)
        going = {} if not workload.statements else dropping.droppable(bench.target, bench.schema, wanted.kept)
        terms = _terms(bench, workload, wishes, wanted.kept, going, counted)
        bench.progress(f"trying {len(wanted.kept)} possible indexes for {len(known.costs)} statements on the shadow")
        for name, drop in going.items():
            planner.adopt(name, name, drop.index.bytes)
        statements = [s for s in workload.statements if s.fingerprint in known.costs]
        chosen = select(planner, statements, wanted.kept, wishes.budget, terms, found, clock)
        leans = _leans(planner, workload, chosen)
        seen.saw = {"ddl": [c.sql() for c in chosen.indexes], "cost": chosen.cost, "base_cost": chosen.base_cost}
    second = second_opinion.ask(bench.target, workload.statements, chosen, Names(bench.schema))
    told = _told(bench, workload, chosen, terms, going, leans).model_copy(
        update={
            "second_opinion": second,
            "seconds": round(clock.spent, 3),
            "calibration": _calibrated(trusted),
            "notes": (*bench.shadow.notes, *hidden(bench), *unanalyzed(bench, workload)),
            "unplanned": _listed(left_out.unplannable(workload, known, chosen, Names(bench.schema))),
            "unreached": _listed(left_out.unreached(workload, known, chosen, clock.seconds)),
            "looked_at": left_out.looked_at(workload, known, chosen),
            "tried": left_out.tried(wanted, known, chosen),
        }
    )
    return Advised(told=told, promising=chosen.promising, wanted=wanted.kept)


def _listed(left: left_out.Left) -> tuple[Unplanned, ...]:
    return tuple(Unplanned(text=short(statement.text), reason=why) for statement, why in left)


def hidden(bench: Workbench) -> list[str]:
    """What the role may not read, so that no statement on it can be planned."""
    seen = bench.shadow.coverage
    return [f"the shadow holds {seen.examined} of {seen.total} {seen.what}: {seen.because}"] if seen.because else []


def unanalyzed(bench: Workbench, workload: Workload) -> list[str]:
    """The tables of the workload of which nothing is known, so that no index on them can be weighed."""
    names = Names(bench.schema)
    parts = {name.rpartition(".") for s in workload.statements for name in s.tables}
    used = {table.qualified for schema, _, name in parts if (table := names.table(schema, name))}
    found = sorted(used & set(statistics.unanalyzed(bench.target)))
    return [
        f"{name} was never analyzed, so no index on it is suggested: ANALYZE {name}, then ask again" for name in found
    ]


def _calibrated(trusted: Trust) -> Calibrated:
    found = trusted.calibration
    return Calibrated(
        compared=found.compared,
        same_plan_share=found.share,
        median_ratio=found.median_ratio,
        differing=tuple(sorted(trusted.differing)),
        reasons=trusted.reasons,
    )


def _check(wishes: Wishes, tables: statistics.Statistics) -> None:
    for name in (*wishes.never, *wishes.at_most):
        if name not in tables:
            near = [table for table in tables if table.endswith(f".{name}")]
            meant = f"did you mean {near[0]}? " if near else ""
            raise BadWish(f"there is no table {name}; {meant}write it as schema.table")


def _candidates(
    bench: Workbench,
    workload: Workload,
    wishes: Wishes,
    tables: statistics.Statistics,
    counted: bool,
    known: Based,
    clock: Clock,
) -> Pool:
    """The candidates of the heaviest statements, as many as can be tried."""
    if wishes.budget == 0:
        return Pool(kept=(), found=0, served=frozenset(known.costs))
    texts = {s.fingerprint: s.text for s in workload.statements if not counted or notable(s)}
    costs = {name: cost for name, cost in known.costs.items() if name in texts}
    naming = Naming(costs, clock)
    found = candidates.candidates(
        {name: texts[name] for name in costs},
        bench.schema,
        tables,
        trigrams=bool(bench.target.query(TRIGRAMS)),
        width=wishes.max_width,
        literals=counted,
        rare=_rare(bench.shadow.database, tables),
        enough=naming.enough,
    )
    return pool({c: own for c, own in found.items() if c.table not in wishes.never}, known, naming.done)


def _rare(shadow: Database, tables: statistics.Statistics) -> candidates.Rare:
    """A literal is a state where its column has few values and it is far rarer than its share of them would be."""

    @cache
    def rare(table: str, condition: Condition) -> bool:
        columns = tables[table].columns
        if not all(name in columns and columns[name].distinct <= STATES for name in condition.columns):
            return False
        try:
            rows = planned(shadow, f"SELECT FROM {table} WHERE {condition.text}").root.rows
        except Unplannable:
            return False
        return rows <= RARE * tables[table].rows

    return rare


def _terms(
    bench: Workbench,
    workload: Workload,
    wishes: Wishes,
    wanted: Sequence[Candidate],
    going: dict[str, Droppable],
    counted: bool,
) -> Terms:
    """Prices of writes only where the workload was counted by the server: a file says nothing of how often."""
    known = {c.name: c for c in wanted} | {name: drop.as_candidate for name, drop in going.items()}
    written = writes.read(bench.target, workload) if counted else {}
    prices = writes.prices(known.values(), written, workload)
    return Terms(
        weigh="calls",
        worth=wishes.budget is None,
        at_most=wishes.at_most,
        writes={name: prices[c.body] for name, c in known.items()},
        keep={name: drop.instead for name, drop in going.items() if drop.instead},
        effort=wishes.effort,
    )


def _leans(planner: Planner, workload: Workload, chosen: Selection) -> dict[str, tuple[str, ...]]:
    """What the new plans rest on, for the statements that use a chosen index."""
    names = frozenset(c.name for c in chosen.indexes) | (planner.existing - set(chosen.drops))
    used = {c.fingerprint for c in chosen.statements if c.used}
    return {
        s.fingerprint: leaning.leans(planner.plan_known(s, names)) for s in workload.statements if s.fingerprint in used
    }


def _told(
    bench: Workbench,
    workload: Workload,
    chosen: Selection,
    terms: Terms,
    going: dict[str, Droppable],
    leans: dict[str, tuple[str, ...]],
) -> IndexSet:
    changes = {c.fingerprint: c for c in chosen.statements}
    lines = tuple(_line(s, changes[s.fingerprint], leans) for s in workload.statements if s.fingerprint in changes)
    asked = {s.fingerprint: s for s in workload.statements}
    return IndexSet(
        proof=PLANNED,
        base_cost=round(chosen.base_cost, 2),
        cost=round(chosen.cost, 2),
        ratio=round(chosen.cost / chosen.base_cost, 5) if chosen.base_cost else 1.0,
        bound=round(min(chosen.bound, chosen.cost + chosen.write_cost), 2),
        gap=round(chosen.gap, 5),
        write_cost=round(chosen.write_cost, 2),
        explain_calls=chosen.explain_calls,
        seconds=chosen.seconds,
        bytes=sum(chosen.bytes),
        candidates=chosen.tried,
        indexes=tuple(
            Chosen(
                ddl=made(bench, index),
                bytes=bytes_,
                why=_why(index, chosen, asked),
                write_cost=round(terms.writes.get(index.name, 0.0), 2),
            )
            for index, bytes_ in zip(chosen.indexes, chosen.bytes, strict=True)
        ),
        drops=tuple(
            Dropped(ddl=f"DROP INDEX CONCURRENTLY {name};", bytes=going[name].index.bytes, why=going[name].why)
            for name in chosen.drops
        ),
        statements=lines,
        regressions=tuple(line.name for line in lines if line.cost > line.cost_before * COSTLIER),
        leaning=tuple(line.name for line in lines if line.leans_on),
    )


def made(bench: Workbench, index: Candidate) -> str:
    """The SQL that makes an index, with its extension where the target lacks that."""
    there = index.extension in bench.schema.extensions
    return index.model_copy(update={"extension": ""} if there else {}).sql()


def _line(statement: Statement, change: Change, leans: dict[str, tuple[str, ...]]) -> Line:
    return Line(
        name=statement.fingerprint,
        text=short(statement.text),
        calls=statement.calls,
        cost_before=change.before,
        cost=change.after,
        indexes=change.used,
        leans_on=leans.get(statement.fingerprint, ()),
    )


def _why(index: Candidate, chosen: Selection, asked: Mapping[str, Statement]) -> str:
    """Which statements gain by an index, those that gain most first."""
    served = [c for c in chosen.statements if index.name in c.used]
    served.sort(key=lambda c: -asked[c.fingerprint].calls * (c.before - c.after))
    first = [f"{short(asked[c.fingerprint].text, 60)} (cost {c.before:,.0f} → {c.after:,.0f})" for c in served[:2]]
    more = f", and {len(served) - 2} more" if len(served) > 2 else ""
    return f"serves {len(served)} statements: {'; '.join(first)}{more}"


def gains(line: Line) -> bool:
    """Whether a statement costs a tenth less with the set."""
    return line.cost < line.cost_before * CHEAPER
