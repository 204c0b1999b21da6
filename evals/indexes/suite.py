"""`dbengineer eval --suite indexes`: what the shadow and the advisor have to reach, and what they reach."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from dbengineer.evals.figure import Figure
from dbengineer.evals.indexes import cases, large, parameters, planning, sizes, thousand, tpcds, tpch
from dbengineer.evals.indexes.planning import Alike
from dbengineer.tools.facts import Coverage
from dbengineer.tools.indexes import answer, candidates, ddl, statistics
from dbengineer.tools.indexes.answer import IndexSet, Wishes
from dbengineer.tools.indexes.search import Effort
from dbengineer.tools.indexes.what_if import Planner
from dbengineer.tools.queries.workload import Statement, Workload
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.scratch.shadow import hypothetical_indexes
from dbengineer.tools.supposing import answer as supposing
from dbengineer.tools.supposing import change
from dbengineer.tools.workbench import Workbench

MB = 1 << 20
BUDGETS = (125, 250, 500, 1000, 2500)
FITTED, OTHERS = 0, (1, 2, 3)
LARGE = {1000: 60.0, 5000: 180.0}
"""How many statements are to be answered in how many seconds."""
EARLY = Effort(seconds=15.0, calls=250)
"""What ends the search; to tell what came of it takes further calls."""
GROWING = ("supplier", "customer", "part", "partsupp", "orders", "lineitem")
"""What is larger in a larger TPC-H; nations and regions stay."""
Say = Callable[[str], None]


def run(home: Path, say: Say, scale: float = 1.0, parts: Sequence[str] = ()) -> Iterator[Figure]:
    """The figures of all parts, or of those named; data are loaded once into a folder below `home`."""
    for name in parts or PARTS:
        say(f"measuring: {name}")
        yield from PARTS[name](home, scale, say)


def _planning(home: Path, scale: float, say: Say) -> Iterator[Figure]:
    with tpch.start(home, scale) as server, planning.bench(server.conninfo("tpch")) as made:
        found = [planning.as_it_is(f"TPC-H {scale:g}", made, tpch.statements())]
        say("building twenty real indexes")
        real = planning.with_real(made, server.conninfo("tpch"), tpch.statements())
    say("loading five schemas")
    found += list(planning.schemas(home))
    yield from _alike("shadow against source, TPC-H and five schemas", found, 0.99, 0.95)
    yield from _alike("the same with twenty real indexes", [real], 0.95, 0.95)


def _alike(name: str, found: Sequence[Alike], plans: float, costs: float) -> Iterator[Figure]:
    compared = sum(f.compared for f in found) or 1
    same, close = sum(f.same_plan for f in found), sum(f.close for f in found)
    within = found[0].within
    yield Figure(
        name=f"{name}: same plan",
        target=f"≥ {plans:.0%}",
        measured=f"{same / compared:.1%} of {compared}",
        met=same / compared >= plans,
        because=tuple(f"{f.of}: {text}" for f in found for text in f.differing),
    )
    yield Figure(
        name=f"{name}: cost within {within:.1%}",
        target=f"≥ {costs:.0%}",
        measured=f"{close / compared:.1%} of {compared}",
        met=close / compared >= costs,
        because=tuple(f"{f.of}: {f.compared - f.close} further, at most {f.worst:.1%}" for f in found),
    )


def _thousand(home: Path, scale: float, say: Say) -> Iterator[Figure]:
    with Server.start() as server:
        database = thousand.make(server)
        with planning.bench(server.conninfo(thousand.NAME)) as made:
            began = time.perf_counter()
            copy = made.shadow
            took = time.perf_counter() - began
        thousand.remove(server, database)
    yield Figure(
        name=f"shadow of {thousand.TABLES:,} tables",
        target="< 20 s",
        measured=f"{took:.1f} s",
        met=took < 20,
        because=copy.notes,
    )


def _growth(home: Path, scale: float, say: Say) -> Iterator[Figure]:
    """TPC-H as it really is against one of a tenth that is supposed to be ten times as large."""
    workload = _workload(tpch.statements())
    with tpch.start(home, scale) as server, planning.bench(server.conninfo("tpch")) as made:
        real = supposing.suppose(made, workload, change.change(grow=["all=1"]))
    with tpch.start(home, scale / 10) as server, planning.bench(server.conninfo("tpch")) as made:
        grown = supposing.suppose(made, workload, change.change(grow=[f"public.{t}=10" for t in GROWING]))
    costs = {s.name: s.cost for s in real.statements}
    off = sorted(abs(s.cost / costs[s.name] - 1) for s in grown.statements)
    yield Figure(
        name="TPC-H supposed ten times as large against the real one: cost, median off",
        target="–",
        measured=f"{off[len(off) // 2]:.1%}, {sum(o <= 0.15 for o in off)} of {len(off)} within 15%",
        met=None,
    )


def _parameters(home: Path, scale: float, say: Say) -> Iterator[Figure]:
    with tpch.start(home, scale) as server, planning.bench(server.conninfo("tpch")) as made:
        losses = {budget: _loss(made, budget * MB, say) for budget in BUDGETS}
    worst = max(losses.values())
    yield Figure(
        name="other parameters of TPC-H: loss against the fitted set",
        target="≤ 0.01",
        measured=f"{worst:.4f}",
        met=worst <= 0.01,
        because=tuple(f"{budget} MB: {loss:.4f}" for budget, loss in losses.items()),
    )


def _loss(made: Workbench, budget: int, say: Say) -> float:
    """How much of the cost of other parameters is lost by a set chosen for the first ones, on average."""
    say(f"choosing for other parameters, {budget // MB} MB")
    fitted = _chosen(made, tpch.statements(), budget)
    lost = []
    for seed in OTHERS:
        statements = parameters.statements(seed)
        own = _chosen(made, statements, budget)
        lost.append(_price(made, statements, fitted) - _price(made, statements, own))
    return sum(lost) / len(lost)


def _chosen(made: Workbench, statements: Sequence[Statement], budget: int, effort: Effort | None = None) -> IndexSet:
    wishes = Wishes(budget=budget, effort=effort or Effort())
    return answer.choose(made, _workload(statements), wishes, counted=False).told


def _price(made: Workbench, statements: Sequence[Statement], told: IndexSet) -> float:
    """The ratio of costs with and without a set, by the planner."""
    indexes = [c for i in told.indexes for c in ddl.created(i.ddl, made.schema)]
    with Planner(made.shadow.database, create_all=hypothetical_indexes) as planner:
        names = frozenset(c.name for c in planner.ready(indexes)) | planner.existing
        before = sum(planner.plan(s, planner.existing).cost for s in statements)
        return sum(planner.plan(s, names).cost for s in statements) / before


def _workload(statements: Sequence[Statement]) -> Workload:
    coverage = Coverage(what="statements", examined=len(statements), total=len(statements))
    return Workload(statements=tuple(statements), coverage=coverage)


def _advisor(home: Path, scale: float, say: Say) -> Iterator[Figure]:
    with tpch.start(home, scale) as server, planning.bench(server.conninfo("tpch")) as made:
        for budget in BUDGETS:
            say(f"choosing by cost, {budget} MB")
            told = _chosen(made, tpch.statements(), budget * MB)
            yield Figure(
                name=f"TPC-H by cost, {budget} MB",
                target="within 0.5% of its bound, ≤ 5 s",
                measured=_reached(told),
                met=told.gap <= 0.005 and told.seconds <= 5,
            )
        yield _sizes(made, server)


def _sizes(made: Workbench, server: Server) -> Figure:
    texts = {s.fingerprint: s.text for s in tpch.statements()}
    known = statistics.read(made.shadow.database)
    wanted = sorted(candidates.candidates(texts, made.schema, known, literals=False), key=lambda c: c.body)
    plain = [c for c in wanted if all(k.column for k in c.keys)][::4]
    with closing(server.database("tpch")) as database:
        off = sorted(abs(m.off) for m in sizes.measure(database, plain))
    near, far = sum(o <= 0.05 for o in off) / len(off), sum(o > 0.15 for o in off)
    return Figure(
        name="sizes of indexes against real ones",
        target="within 5% ≥ 80%, none beyond 15%",
        measured=f"{near:.0%} of {len(off)}, {far} beyond",
        met=near >= 0.8 and not far,
    )


def _tpcds(home: Path, scale: float, say: Say) -> Iterator[Figure]:
    """The answer that is there early, and the one that the usual time gives."""
    with tpcds.start(home, scale) as server, planning.bench(server.conninfo(tpcds.NAME)) as made:
        statements, refused = tpcds.statements(server)
        of = f"TPC-DS {scale:g}, {len(statements)} statements, 1000 MB"
        say("choosing for TPC-DS")
        early = _chosen(made, statements, 1000 * MB, EARLY)
        yield Figure(
            name=f"{of}: after {EARLY.seconds:g} s",
            target="ratio ≤ 0.755, ≤ 500 calls, ≤ 15 s",
            measured=_reached(early),
            met=early.ratio <= 0.755 and early.explain_calls <= 500 and early.seconds <= 15,
            because=tuple(refused.values()),
        )
        late = _chosen(made, statements, 1000 * MB)
        yield Figure(name=f"{of}: after {Effort().seconds:g} s", target="–", measured=_reached(late), met=None)


def _reached(told: IndexSet) -> str:
    return f"ratio {told.ratio:.4f}, gap {told.gap:.2%}, {told.explain_calls:,} calls, {told.seconds:.1f} s"


def _cases(home: Path, scale: float, say: Say) -> Iterator[Figure]:
    with Server.start() as server, tempfile.TemporaryDirectory() as out:
        found = list(cases.run(server, Path(out), say))
    right = [f for f in found if f.place is not None and f.place <= cases.FIRST]
    yield Figure(
        name="real cases: the maintainers' index within the first three",
        target="≥ 87%",
        measured=f"{len(right)} of {len(found)}",
        met=len(right) >= 0.87 * len(found),
        because=tuple(f"{f.name}: {f.told}" for f in found if f not in right),
    )


def _large(home: Path, scale: float, say: Say) -> Iterator[Figure]:
    with large.made() as server:
        for count, seconds in LARGE.items():
            say(f"choosing for {count:,} statements")
            told = large.measured(server, count, large.BUDGET, seconds)
            yield Figure(
                name=f"{count:,} statements on {large.TABLES} tables",
                target=f"all planned, ≤ {seconds:g} s",
                measured=f"{told.looked_at:,} planned, ratio {told.ratio:.4f}, gap {told.gap:.2%}, "
                f"{told.explain_calls:,} calls, {told.seconds:.0f} s",
                met=told.looked_at == count and told.seconds <= seconds,
                because=(told.tried,) if told.tried else (),
            )


PARTS: Mapping[str, Callable[[Path, float, Say], Iterator[Figure]]] = {
    "planning": _planning,
    "thousand": _thousand,
    "growth": _growth,
    "cases": _cases,
    "advisor": _advisor,
    "parameters": _parameters,
    "tpcds": _tpcds,
    "large": _large,
}
