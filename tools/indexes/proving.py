"""Choosing by execution: candidates are built on a copy of the rows, and a set is worth the time its plans take."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from dbengineer.tools.indexes import answer, promising
from dbengineer.tools.indexes.answer import Advised, Chosen, IndexSet, Line, Unplanned, Wishes
from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.indexes.improving import LEAST_GAIN, Found, Weighed, improve
from dbengineer.tools.indexes.interleaved import Interleaved, Measurement
from dbengineer.tools.indexes.laboratory import Laboratory, laboratory, worth
from dbengineer.tools.indexes.master import Option, Rules
from dbengineer.tools.indexes.tree import Names
from dbengineer.tools.indexes.what_if import Planner
from dbengineer.tools.queries.usage import Names as Tables
from dbengineer.tools.queries.workload import Workload
from dbengineer.tools.texts import short
from dbengineer.tools.workbench import Workbench

MOST_BUILT, BUILT, ROWS = 80, 4, 4
"""How many candidates are built at most, in how many times the budget, or the size of the tables."""
BUILDING, REPAIRING, REPAIRS = 0.75, 0.15, 3
"""Shares of the seconds: what building takes at most, and each search after a slower statement was found."""
RUN = "chosen by running the workload on a copy with its rows"
Asked = tuple[Wishes, Advised]


def by_running(bench: Workbench, workload: Workload, wishes: Wishes, advised: Advised) -> IndexSet:
    """Chooses again among the promising candidates, by time; needs leave to copy rows (PermissionError)."""
    return next(iter(several_by_running(bench, workload, [(wishes, advised)])))


def several_by_running(bench: Workbench, workload: Workload, asked: Sequence[Asked]) -> list[IndexSet]:
    """The same for several budgets, the smallest first, on one copy whose candidates are built and run once."""
    with (
        laboratory(bench) as lab,
        bench.ledger.watch("indexes run", "scratch", "each statement with sets of built indexes") as seen,
    ):
        bench.progress(f"running {len(workload.statements)} statements as they are")
        seconds = max(wishes.run_seconds for wishes, _ in asked)
        lab.take(workload, Tables(bench.schema), time.perf_counter() + seconds)
        _build(bench, lab, asked)
        told = list(_each(bench, workload, lab, asked))
        seen.saw = {"runs": lab.runs, "base_ms": lab.base, "ms": [t.ms for t in told]}
    return told


def _build(bench: Workbench, lab: Laboratory, asked: Sequence[Asked]) -> None:
    """Builds what promises something by the plans of the shadow, weighed by the time that statements take."""
    from dbengineer.tools.scratch.shadow import hypothetical_indexes

    seconds = max(wishes.run_seconds for wishes, _ in asked)
    budgets = [wishes.budget for wishes, _ in asked]
    most = None if None in budgets else max(b for b in budgets if b is not None)
    wanted = {c.name: c for _, advised in asked for c in advised.wanted}
    bench.progress(f"planning with each of {len(wanted)} possible indexes")
    with Planner(bench.shadow.database, create_all=hypothetical_indexes) as planner:
        accepted = planner.add(wanted.values())
        ranked = promising.ranked(planner, lab.statements, accepted, lab.base)[:MOST_BUILT]
        sizes = {c.name: planner.bytes(c) for c in ranked}
        together = ROWS * planner.table_bytes if most is None else min(BUILT * most, ROWS * planner.table_bytes)
    built = promising.fitting(ranked, sizes, most, together)
    megabytes = sum(sizes[c.name] for c in built) >> 20
    bench.progress(f"building up to {len(built)} candidates, about {megabytes} MB, on the copy with rows")
    lab.build(built, sizes, time.perf_counter() + seconds * BUILDING)
    lab.plant()


def _each(bench: Workbench, workload: Workload, lab: Laboratory, asked: Sequence[Asked]) -> Iterator[IndexSet]:
    proof = Interleaved(lab)
    start: Names = frozenset()
    for wishes, advised in sorted(asked, key=lambda a: (a[0].budget is None, a[0].budget or 0)):
        began, calls = time.perf_counter(), lab.planner.calls
        bench.progress(f"running {len(lab.statements)} statements with sets of {len(lab.built)} built indexes")
        start, measured = _proven(bench, lab, proof, wishes, start)
        told = _told(bench, workload, advised.told, [c for c in lab.built if c.name in start], lab, measured)
        spent = advised.told.seconds + time.perf_counter() - began
        asked_of = advised.told.explain_calls + lab.planner.calls - calls
        yield told.model_copy(update={"seconds": round(spent, 3), "explain_calls": asked_of})


def _proven(
    bench: Workbench, lab: Laboratory, proof: Interleaved, wishes: Wishes, start: Names
) -> tuple[Names, list[Measurement]]:
    """The best set by time, measured once more; where that shows a slower statement, it is chosen again."""
    chosen = _searched(bench, lab, wishes, start, wishes.run_seconds)
    measured = proof.of(chosen)
    for _ in range(REPAIRS):
        if not any(m.slower for m in measured):
            return chosen, measured
        _correct(lab, chosen, measured)
        chosen = _searched(bench, lab, wishes, chosen, wishes.run_seconds * REPAIRING)
        measured = proof.of(chosen)
    while slower := [m for m in measured if m.slower and m.used]:
        bench.progress("taking out an index that makes a statement slower")
        _correct(lab, chosen, measured)
        chosen -= {_cheapest(lab, chosen, slower[0].used)}
        measured = proof.of(chosen)
    return chosen, measured


def _correct(lab: Laboratory, chosen: Names, measured: list[Measurement]) -> None:
    """Puts what was measured last, and best, in place of what the search knew."""
    for m in measured:
        lab.trees[m.fingerprint].correct(
            chosen, worth(m.before, m.after) / max(m.before, 0.001) * lab.base[m.fingerprint]
        )


def _cheapest(lab: Laboratory, chosen: Names, among: tuple[str, ...]) -> str:
    """The index that the workload misses least."""

    def without(name: str) -> float:
        return sum(weight * min(tree.at_most(chosen - {name}), 2 * tree.worst) for weight, tree in _weighed(lab))

    return min(among, key=without)


def _weighed(lab: Laboratory) -> Weighed:
    calls = {s.fingerprint: s.calls for s in lab.statements}
    total = sum(calls[name] * ms for name, ms in lab.base.items()) or 1.0
    return [(calls[name] / total, tree) for name, tree in lab.trees.items()]


def _searched(bench: Workbench, lab: Laboratory, wishes: Wishes, start: Names, seconds: float) -> Names:
    def tell(found: Found) -> None:
        bench.progress(f"{len(found.chosen)} indexes: {found.value:.3f} of the time, after {lab.runs} runs")

    options = [Option(name=c.name, table=c.table, bytes=lab.sizes[c.name], price=LEAST_GAIN / 10) for c in lab.built]
    rules = Rules(budget=wishes.budget, at_most=wishes.at_most)
    until = time.perf_counter() + seconds
    return improve(_weighed(lab), options, rules, start=start, until=until, told=tell).chosen


def _told(
    bench: Workbench,
    workload: Workload,
    planned: IndexSet,
    kept: list[Candidate],
    lab: Laboratory,
    measured: list[Measurement],
) -> IndexSet:
    calls = {s.fingerprint: s.calls for s in workload.statements}
    texts = {s.fingerprint: short(s.text) for s in workload.statements}
    before, after = (sum(calls[m.fingerprint] * ms for m, ms in times) for times in _times(measured))
    least = sum(calls[m.fingerprint] * min(m.after, lab.trees[m.fingerprint].best) for m in measured)
    base, cost = (sum(calls[m.fingerprint] * c for m, c in costs) for costs in _costs(measured))
    not_run = tuple(Unplanned(text=texts[name], reason=f"it was not run: {why}") for name, why in lab.failed.items())
    return planned.model_copy(
        update={
            "proof": RUN,
            "base_cost": round(base, 2),
            "cost": round(cost, 2),
            "ratio": round(cost / base, 5) if base else 1.0,
            "bound": min(planned.bound, round(cost, 2)),
            "gap": round(max(0.0, 1 - planned.bound / cost), 5) if cost else 0.0,
            "indexes": tuple(
                Chosen(ddl=answer.made(bench, c), bytes=lab.sizes[c.name], why=_why(c, measured, texts)) for c in kept
            ),
            "bytes": sum(lab.sizes[c.name] for c in kept),
            "drops": (),
            "statements": tuple(_line(m, calls, texts) for m in measured),
            "regressions": tuple(m.fingerprint for m in measured if m.slower),
            "unplanned": planned.unplanned + not_run,
            "leaning": (),
            "base_ms": round(before, 3),
            "ms": round(after, 3),
            "time_ratio": round(after / before, 5) if before else None,
            "least_ratio": round(least / before, 5) if before else None,
        }
    )


def _times(measured: list[Measurement]) -> list[list[tuple[Measurement, float]]]:
    return [[(m, m.before) for m in measured], [(m, m.after) for m in measured]]


def _costs(measured: list[Measurement]) -> list[list[tuple[Measurement, float]]]:
    return [[(m, m.cost_before) for m in measured], [(m, m.cost) for m in measured]]


def _why(index: Candidate, measured: list[Measurement], texts: dict[str, str]) -> str:
    served = sorted((m for m in measured if index.name in m.used), key=lambda m: m.after - m.before)
    said = [f"{texts[m.fingerprint][:60]} ({m.before:,.1f} → {m.after:,.1f} ms)" for m in served]
    more = f", and {len(said) - 2} more" if len(said) > 2 else ""
    return f"serves {len(said)} statements: {'; '.join(said[:2])}{more}"


def _line(measured: Measurement, calls: dict[str, int], texts: dict[str, str]) -> Line:
    return Line(
        name=measured.fingerprint,
        text=texts[measured.fingerprint],
        calls=calls[measured.fingerprint],
        cost_before=measured.cost_before,
        cost=measured.cost,
        indexes=measured.used,
        ms_before=measured.before,
        ms=measured.after,
    )
