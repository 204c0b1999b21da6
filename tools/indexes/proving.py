"""Choosing by execution: candidates are built on a copy of the rows, and a set is worth the time its plans take."""

from __future__ import annotations

import time
from collections.abc import Hashable, Sequence
from contextlib import closing

from dbengineer.tools.facts import Fact
from dbengineer.tools.indexes import answer, what_if
from dbengineer.tools.indexes.answer import Advised, Chosen, IndexSet, Line, Unplanned, Wishes
from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.indexes.master import Option, Rules
from dbengineer.tools.indexes.measured import Measured
from dbengineer.tools.indexes.search import Effort, search
from dbengineer.tools.indexes.tree import Answer, Names
from dbengineer.tools.indexes.what_if import Planner, planning_text
from dbengineer.tools.plans.read import Node
from dbengineer.tools.queries import parameters, running
from dbengineer.tools.queries.parameters import Undrawable
from dbengineer.tools.queries.running import Unplannable, Unrunnable
from dbengineer.tools.queries.usage import Names as Tables
from dbengineer.tools.queries.workload import Statement, Workload
from dbengineer.tools.scratch import fidelity
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.workbench import Workbench

MOST_BUILT, ROUNDS, REPAIRS = 40, 3, 2
SLOWER, NOTABLE_MS, PENALTY = 1.2, 1.0, 10.0
"""A statement that gets over 20 % and a millisecond slower weighs ten times what it loses beyond that."""
LONG_MS, TIMEOUT_MS = 300.0, 60_000
RUN = "chosen by running the workload on a copy with its rows"
LEAST_GAIN = 0.002


class Measurement(Fact):
    """One statement, without and with the chosen set, in milliseconds: the least of several interleaved runs."""

    fingerprint: str
    before: float
    after: float
    cost_before: float
    cost: float
    used: tuple[str, ...]

    @property
    def slower(self) -> bool:
        """Whether it takes over 20 %, and over a millisecond, longer."""
        return self.after > self.before * SLOWER and self.after - self.before > NOTABLE_MS


def worth(base: float, took: float) -> float:
    """Milliseconds as the choice counts them: what gets slower weighs more than what it loses."""
    beyond = took - base * SLOWER
    return took + (PENALTY * beyond if beyond > 0 and took - base > NOTABLE_MS else 0.0)


class _Copy:
    """The copy with its rows and all candidates built, of which any set can be shown to the planner."""

    def __init__(self, database: Database, planner: Planner, calls: dict[str, int]) -> None:
        self.database = database
        self.planner = planner
        self.calls = calls
        self.base: dict[str, float] = {}
        self.runs = 0

    def tree(self, statement: Statement) -> Measured:
        """The tree of a statement, whose time without any candidate is measured at once."""

        def explain(chosen: Names) -> tuple[Answer, Hashable]:
            return self.planner.answer(statement, chosen), _shape(self.planner.plan_known(statement, chosen).root)

        def run(chosen: Names) -> float:
            took = self.took(statement, chosen)
            return worth(self.base.setdefault(statement.fingerprint, took), took)

        return Measured(explain, run, self.planner.on(statement), lambda name: -self.planner.size_of(name))

    def took(self, statement: Statement, chosen: Names) -> float:
        """Milliseconds: the least of three runs, of two where one is long; twice the limit where it does not end."""
        self.planner.show(chosen)
        least, text = float("inf"), planning_text(statement)
        for _ in range(ROUNDS):
            self.runs += 1
            try:
                plan = running.run(self.database, text, timeout_ms=TIMEOUT_MS)
            except running.Endless:
                return 2.0 * TIMEOUT_MS
            least = min(least, plan.execution_ms or 0.0)
            if least > LONG_MS:
                break
        return least


def by_running(bench: Workbench, workload: Workload, wishes: Wishes, advised: Advised) -> IndexSet:
    """Chooses again among the promising candidates, by time; needs leave to copy rows (PermissionError)."""
    began = time.perf_counter()
    restored = bench.restored
    fidelity.copy_settings(bench.target, restored.database)
    # Settings of a database reach only the sessions that begin after them.
    with restored.database.alone, closing(Database(restored.database.name, restored.database.conninfo)) as database:
        what_if.prepare(database)
        database.script("RESET jit; SET maintenance_work_mem = '256MB'")
        statements, failed = _runnable(database, workload, Tables(bench.schema))
        with bench.ledger.watch("indexes run", "scratch", "each statement with sets of built indexes") as seen:
            with Planner(database) as planner:
                bench.progress(f"building up to {MOST_BUILT} candidates on the copy with rows")
                built = planner.add(_promising(advised, wishes))
                copy = _Copy(database, planner, {s.fingerprint: s.calls for s in statements})
                bench.progress(f"running {len(statements)} statements with sets of {len(built)} built indexes")
                chosen, measured = _chosen(copy, statements, built, wishes, failed)
                sizes = {c.name: planner.real_bytes(c) for c in built}
            seen.saw = {"chosen": sorted(chosen), "runs": copy.runs, "ms": [m.model_dump() for m in measured]}
    kept = [c for c in built if c.name in chosen]
    spent = advised.told.seconds + time.perf_counter() - began
    told = _told(bench, workload, advised.told, kept, sizes, measured, failed)
    calls = advised.told.explain_calls + copy.planner.calls
    return told.model_copy(update={"seconds": round(spent, 3), "explain_calls": calls})


def _promising(advised: Advised, wishes: Wishes) -> list[Candidate]:
    """What some plan used on the way to the planned answer, as far as it would fit the budget by itself."""
    fitting = [c for c, size in advised.promising if wishes.budget is None or size <= wishes.budget]
    return fitting[:MOST_BUILT]


def _runnable(database: Database, workload: Workload, names: Tables) -> tuple[list[Statement], dict[str, str]]:
    """The statements with values in place of their parameters, and why others cannot be run."""
    found, failed = [], {}
    for statement in workload.statements:
        try:
            text = parameters.bound(database, statement, names, sets=1)[0]
            running.planned(database, text)
            found.append(statement.model_copy(update={"text": text}))
        except (Undrawable, Unplannable) as error:
            failed[statement.fingerprint] = str(error)
    return found, failed


def _chosen(
    copy: _Copy, statements: Sequence[Statement], built: list[Candidate], wishes: Wishes, failed: dict[str, str]
) -> tuple[Names, list[Measurement]]:
    """The best set by time, measured once more; where that shows a slower statement, it is chosen again."""
    trees: dict[str, Measured] = {}
    for statement in statements:
        try:
            trees[statement.fingerprint] = copy.tree(statement)
        except (Unplannable, Unrunnable) as error:
            failed[statement.fingerprint] = str(error)
    kept = [s for s in statements if s.fingerprint in trees]
    best = _searched(copy, trees, built, wishes, wishes.run_seconds)
    measured = _interleaved(copy, kept, best)
    for _ in range(REPAIRS):
        if not any(m.slower for m in measured):
            break
        for m in measured:
            copy.base[m.fingerprint] = m.before
            trees[m.fingerprint].correct(frozenset(), m.before)
            trees[m.fingerprint].correct(best, worth(m.before, m.after))
        best = _searched(copy, trees, built, wishes, wishes.run_seconds / 5)
        measured = _interleaved(copy, kept, best)
    return best, measured


def _searched(copy: _Copy, trees: dict[str, Measured], built: list[Candidate], wishes: Wishes, seconds: float) -> Names:
    total = sum(copy.calls[name] * ms for name, ms in copy.base.items()) or 1.0
    weighed = [(copy.calls[name] / total, tree) for name, tree in trees.items()]
    options = [
        Option(name=c.name, table=c.table, bytes=copy.planner.real_bytes(c), price=LEAST_GAIN / 10) for c in built
    ]
    best = search(
        weighed,
        options,
        Rules(budget=wishes.budget, at_most=wishes.at_most),
        effort=Effort(gap=0.01, calls=10**9, seconds=seconds),
        calls=lambda: copy.planner.calls,
    )
    return _shrunk(weighed, best.chosen)


def _shrunk(weighed: Sequence[tuple[float, Measured]], chosen: Names) -> Names:
    """Without what no plan of the set uses enough to notice."""
    for name in sorted(chosen):
        for _, tree in weighed:
            tree.learn(chosen - {name})
        lost = sum(w * (tree.at_most(chosen - {name}) - tree.at_most(chosen)) for w, tree in weighed)
        if lost < LEAST_GAIN:
            chosen -= {name}
    return chosen


def _interleaved(copy: _Copy, statements: Sequence[Statement], chosen: Names) -> list[Measurement]:
    """Each statement without and with the set in turn, three times, so that what else happens touches both."""
    found = []
    for statement in statements:
        before, after = float("inf"), float("inf")
        for _ in range(ROUNDS):
            before = min(before, copy.took(statement, frozenset()))
            after = min(after, copy.took(statement, chosen))
        pool = copy.planner.on(statement)
        plain, planned = (copy.planner.answer(statement, names & pool) for names in (frozenset[str](), chosen))
        found.append(
            Measurement(
                fingerprint=statement.fingerprint,
                before=round(before, 3),
                after=round(after, 3),
                cost_before=plain.cost,
                cost=planned.cost,
                used=tuple(sorted(planned.used)),
            )
        )
    return found


def _told(
    bench: Workbench,
    workload: Workload,
    planned: IndexSet,
    kept: list[Candidate],
    sizes: dict[str, int],
    measured: list[Measurement],
    failed: dict[str, str],
) -> IndexSet:
    calls = {s.fingerprint: s.calls for s in workload.statements}
    texts = {s.fingerprint: answer.short(s.text) for s in workload.statements}
    before, after = (sum(calls[m.fingerprint] * ms for m, ms in times) for times in _times(measured))
    base, cost = (sum(calls[m.fingerprint] * c for m, c in costs) for costs in _costs(measured))
    not_run = tuple(Unplanned(text=texts[name], reason=f"it was not run: {why}") for name, why in failed.items())
    return planned.model_copy(
        update={
            "proof": RUN,
            "base_cost": round(base, 2),
            "cost": round(cost, 2),
            "ratio": round(cost / base, 5) if base else 1.0,
            "bound": min(planned.bound, round(cost, 2)),
            "gap": round(max(0.0, 1 - planned.bound / cost), 5) if cost else 0.0,
            "indexes": tuple(
                Chosen(ddl=answer.made(bench, c), bytes=sizes[c.name], why=_why(c, measured, texts)) for c in kept
            ),
            "bytes": sum(sizes[c.name] for c in kept),
            "drops": (),
            "statements": tuple(_line(m, calls, texts) for m in measured),
            "regressions": tuple(m.fingerprint for m in measured if m.slower),
            "unplanned": planned.unplanned + not_run,
            "leaning": (),
            "base_ms": round(before, 3),
            "ms": round(after, 3),
            "time_ratio": round(after / before, 5) if before else None,
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


def _shape(node: Node) -> Hashable:
    """What makes two plans take the same time: the steps, their relations and indexes."""
    return (node.type, node.relation, node.index, tuple(_shape(child) for child in node.children))
