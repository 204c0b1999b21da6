"""The benchmark of the index advisor on TPC-H: ours, by running, Extend, Anytime DTA, and the size model."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from psycopg.conninfo import make_conninfo

from dbengineer.evals.indexes import baselines, running, sizes, tpch
from dbengineer.tools.facts import Coverage
from dbengineer.tools.indexes import answer, candidates, ddl, statistics
from dbengineer.tools.indexes.answer import Wishes
from dbengineer.tools.indexes.what_if import Planner
from dbengineer.tools.queries.usage import Names
from dbengineer.tools.queries.workload import Workload
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.shadow import hypothetical_indexes
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Workbench

MB = 1 << 20
BUDGETS = (125.0, 250.0, 500.0, 1000.0, 2500.0)


def main() -> int:
    """Prints a line for each algorithm and budget as it is found; all of it as JSON at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="the scale factor of TPC-H")
    parser.add_argument("--budgets", type=float, nargs="*", default=BUDGETS, help="megabytes")
    parser.add_argument("--algorithms", nargs="*", default=["ours", "extend", "dta", "sizes"])
    parser.add_argument("--width", type=int, default=3)
    parser.add_argument("--dta-seconds", type=float, default=120.0)
    parser.add_argument("--same-rules", action="store_true", help="Extend and DTA repeat no beginning of a key either")
    parser.add_argument("--run-seconds", type=float, default=200.0, help="of running statements, for each budget")
    parser.add_argument("--url", default="", help="a database where TPC-H is loaded already; nothing stays in it")
    parser.add_argument("--home", type=Path, default=Path(tempfile.gettempdir()) / "dbengineer-bench")
    args = parser.parse_args()
    with ExitStack() as stack:
        url = args.url or stack.enter_context(tpch.start(args.home, args.scale)).conninfo("tpch")
        bench = stack.enter_context(_bench(url))
        found = [row for name in args.algorithms for row in _run(name, bench, args)]
    print(json.dumps(found, indent=2))
    return 0


@contextmanager
def _bench(url: str) -> Iterator[Workbench]:
    with tempfile.TemporaryDirectory() as out:
        bench = Workbench(Target.open(url, trust_role=True), Path(out), rows="copy", progress=_say)
        try:
            yield bench
        finally:
            bench.close()


def _say(text: str) -> None:
    print(f"{time.strftime('%X')} {text}", file=sys.stderr, flush=True)


def _run(name: str, bench: Workbench, args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    if name == "sizes":
        yield _sizes(bench)
        return
    if name == "run":
        yield from running.rows(bench, [int(b * MB) for b in args.budgets], args.width, args.run_seconds)
        return
    for megabytes in args.budgets:
        budget = int(megabytes * MB)
        row = _ours(bench, budget, args.width) if name == "ours" else _baseline(name, bench, budget, args)
        row = {"algorithm": name, "budget_mb": megabytes, **row}
        print({key: value for key, value in row.items() if key != "indexes"}, file=sys.stderr, flush=True)
        yield row


def _ours(bench: Workbench, budget: int, width: int) -> dict[str, Any]:
    statements = tuple(tpch.statements())
    coverage = Coverage(what="statements", examined=len(statements), total=len(statements))
    wishes = Wishes(budget=budget, max_width=width)
    told = answer.choose(bench, Workload(statements=statements, coverage=coverage), wishes, counted=False).told
    return {
        "ratio": told.ratio,
        "bound": round(told.bound / told.base_cost, 4),
        "calls": told.explain_calls,
        "seconds": told.seconds,
        "bytes": told.bytes,
        "indexes": [i.ddl for i in told.indexes],
    }


def _baseline(name: str, bench: Workbench, budget: int, args: argparse.Namespace) -> dict[str, Any]:
    with Planner(bench.shadow.database, create_all=hypothetical_indexes) as planner:
        existing = [ddl.of_index(i) for i in bench.schema.indexes if i.valid] if args.same_rules else []
        costs = baselines.Costs(planner, tpch.statements(), Names(bench.schema), existing)
        if name == "extend":
            found = baselines.extend(costs, budget, args.width)
        else:
            found = baselines.anytime_dta(costs, budget, args.width, args.dta_seconds)
    return found.model_dump()


def _sizes(bench: Workbench) -> dict[str, Any]:
    """The size model on one in four of the candidates, each built for real in a transaction that is taken back."""
    statements = {s.fingerprint: s.text for s in tpch.statements()}
    known = statistics.read(bench.shadow.database)
    wanted = sorted(candidates.candidates(statements, bench.schema, known, literals=False), key=lambda c: c.body)
    plain = [c for c in wanted if all(k.column for k in c.keys)][::4]
    url = make_conninfo("", **bench.target.connection_parameters())
    with closing(Database("tpch", url)) as database:
        measured = sizes.measure(database, plain)
    off = sorted(abs(m.off) for m in measured)
    return {
        "algorithm": "sizes",
        "indexes": [m.model_dump() | {"off": round(m.off, 3)} for m in measured],
        "within_5_percent": sum(o <= 0.05 for o in off) / len(off),
        "within_15_percent": sum(o <= 0.15 for o in off) / len(off),
        "worst": off[-1],
    }


if __name__ == "__main__":
    sys.exit(main())
