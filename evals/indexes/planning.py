"""Whether the shadow plans like its source: as things are, and with twenty indexes that are real there and
hypothetical here."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from dbengineer.evals.demo import Demo
from dbengineer.tools.facts import Fact
from dbengineer.tools.indexes import candidates, statistics
from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.indexes.what_if import Planner, planning_text, prepare
from dbengineer.tools.plans.read import Node, Plan
from dbengineer.tools.queries import sql, usage, workload
from dbengineer.tools.queries.running import planned
from dbengineer.tools.queries.usage import Names
from dbengineer.tools.queries.workload import Statement
from dbengineer.tools.scratch.calibrating import Calibration, calibrate
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.shadow import hypothetical_indexes
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Workbench

SCHEMAS = ("todo", "bank", "clinic", "saas", "telemetry")
REAL = 20


class Alike(Fact):
    """How many statements are planned the same way, how many costs agree within `within`, and how far they go apart."""

    of: str
    compared: int
    same_plan: int
    within: float
    close: int
    worst: float
    differing: tuple[str, ...] = ()
    indexes: int = 0


@contextmanager
def bench(url: str, **options: Any) -> Iterator[Workbench]:
    """A workbench on a database of a benchmark."""
    with tempfile.TemporaryDirectory() as out:
        made = Workbench(Target.open(url, trust_role=True), Path(out), **options)
        try:
            yield made
        finally:
            made.close()


def as_it_is(of: str, made: Workbench, statements: Iterable[Statement]) -> Alike:
    """Target and shadow, by the SELECTs among the statements."""
    names = Names(made.schema)
    texts = [usage.qualified(s.text, names) for s in statements if sql.kind(s.text) == "select_stmt"]
    return _alike(of, calibrate(made.target, made.shadow.database, texts), 0.001)


def _alike(of: str, found: Calibration, within: float) -> Alike:
    off = [abs(ratio - 1) for ratio in found.ratios]
    return Alike(
        of=of,
        compared=found.compared,
        same_plan=found.same_plan,
        within=within,
        close=sum(o <= within for o in off),
        worst=round(max(off, default=0.0), 5),
        differing=tuple(" ".join(t.split())[:80] for t in found.differing),
    )


def schemas(home: Path, names: Sequence[str] = SCHEMAS) -> Iterator[Alike]:
    """Benchmark databases with rows, by what their own applications ask.

    They are read as their administrator: from another role row security hides statistics, which the shadow then notes.
    """
    for name in names:
        with Demo(name, home=home) as demo, closing(demo.administrator()) as admin, bench(admin.conninfo) as made:
            yield as_it_is(name, made, workload.read(made.target, limit=1000).statements)


def with_real(made: Workbench, owner: str, statements: Sequence[Statement]) -> Alike:
    """Twenty indexes, built for real in a transaction of the owner that is taken back, and as the shadow supposes them.

    Compared are plans, and costs within 2 %.
    """
    wanted = _twenty(made, statements)
    with Planner(made.shadow.database, create_all=hypothetical_indexes) as planner:
        kept = frozenset(c.name for c in planner.ready(wanted)) | planner.existing
        ours = {s.fingerprint: planner.plan(s, kept) for s in statements}
    with closing(Database("source", owner)) as source:
        real = _real(source, wanted, statements)
    return _compared(ours, real, len(wanted))


def _twenty(made: Workbench, statements: Sequence[Statement]) -> list[Candidate]:
    """The best set without a budget, filled up with others of the candidates that statements would use."""
    texts = {s.fingerprint: s.text for s in statements}
    known = statistics.read(made.shadow.database)
    every = candidates.candidates(texts, made.schema, known, literals=False)
    found = _used(made, statements, list(every))
    rest = (c for c in every if c not in found)
    return list(itertools.islice(itertools.chain(found, rest), REAL))


def _used(made: Workbench, statements: Sequence[Statement], every: list[Candidate]) -> list[Candidate]:
    """Those that plans use when all are there, then those that plans use without them, and so on."""
    found: list[Candidate] = []
    with Planner(made.shadow.database, create_all=hypothetical_indexes) as planner:
        left = {c.name: c for c in planner.ready(every)}
        while left and len(found) < REAL:
            used = {name for s in statements for name in planner.answer(s, frozenset(left) | planner.existing).used}
            new = [left.pop(name) for name in sorted(used & left.keys())]
            if not new:
                break
            found += new
    return found


def _real(source: Database, wanted: Sequence[Candidate], statements: Sequence[Statement]) -> dict[str, Plan]:
    prepare(source)
    with source.connection.transaction(force_rollback=True):
        for index in wanted:
            source.script(index.create(concurrently=False))
        return {s.fingerprint: planned(source, planning_text(s)) for s in statements}


def _compared(ours: Mapping[str, Plan], real: Mapping[str, Plan], indexes: int) -> Alike:
    off = {name: abs(plan.cost / real[name].cost - 1) for name, plan in ours.items()}
    differing = [name for name, plan in ours.items() if _shape(plan.root) != _shape(real[name].root)]
    return Alike(
        of=f"{indexes} real indexes",
        compared=len(ours),
        same_plan=len(ours) - len(differing),
        within=0.02,
        close=sum(o <= 0.02 for o in off.values()),
        worst=round(max(off.values(), default=0.0), 5),
        differing=tuple(sorted(differing)),
        indexes=indexes,
    )


def _shape(node: Node) -> tuple[Any, ...]:
    return (node.label, *map(_shape, node.children))
