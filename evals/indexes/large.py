"""Large workloads: a generated application of 100 tables and any number of different statements, always the same ones.

`python -m dbengineer.evals.indexes.large --statements 1000` says how long the advisor takes and how far from the best
its answer can be.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from dbengineer.evals.indexes import planning
from dbengineer.tools.facts import Coverage, Fact
from dbengineer.tools.indexes import answer
from dbengineer.tools.indexes.answer import Wishes
from dbengineer.tools.indexes.search import Effort
from dbengineer.tools.queries import workload
from dbengineer.tools.queries.workload import Statement, Workload
from dbengineer.tools.scratch.server import Server

NAME, TABLES, ROWS, COLUMNS = "large", 100, 10_000, 8
MB = 1 << 20
BUDGET = 20 * MB


class Measured(Fact):
    """What the advisor took and reached; seconds with the shadow, the processor's without the servers'."""

    statements: int
    looked_at: int
    candidates: int
    tried: str
    ratio: float
    bound: float
    gap: float
    explain_calls: int
    seconds: float
    own_cpu_seconds: float


def script() -> Iterator[str]:
    """The tables, each with a key, a reference to the one before, and eight columns of ever more different values."""
    for at in range(TABLES):
        columns = ", ".join(f"c{n} int" for n in range(COLUMNS))
        values = ", ".join(f"(i * {2 * n + 7919}) % {4 ** (n + 1)}" for n in range(COLUMNS))
        yield (
            f"CREATE TABLE t{at} (id int PRIMARY KEY, parent_id int, created timestamptz, note text, {columns});"
            f"INSERT INTO t{at} SELECT i, i * 7 % {ROWS}, timestamptz '2026-01-01' + i * interval '1 minute', "
            f"repeat('n', 60), {values} FROM generate_series(1, {ROWS}) i;"
        )
    yield "ANALYZE"


def statements(count: int, seed: int = 1) -> list[Statement]:
    """So many different statements: look-ups, ranges, sorted pages, joins and counts; calls as in life, few of many."""
    dice, found = random.Random(seed), dict[str, Statement]()
    while len(found) < count:
        text = _text(dice)
        made = workload.unknown(text).model_copy(update={"calls": int(dice.paretovariate(0.8))})
        found.setdefault(made.fingerprint, made)
    return list(found.values())


def _text(dice: random.Random) -> str:
    at = dice.randrange(1, TABLES)
    a, b, c = dice.sample([f"c{n}" for n in range(COLUMNS)], 3)
    shown = ", ".join(sorted(dice.sample([f"t.c{n}" for n in range(COLUMNS)], dice.randint(1, 4))))
    return dice.choice(
        (
            f"SELECT {shown} FROM t{at} t WHERE t.{a} = $1 AND t.{b} = $2",
            f"SELECT {shown}, t.note FROM t{at} t WHERE t.{a} = $1 AND t.{b} > $2",
            f"SELECT {shown} FROM t{at} t WHERE t.{a} = $1 ORDER BY t.created DESC LIMIT 20",
            f"SELECT {shown}, p.{c} FROM t{at} t JOIN t{at - 1} p ON p.id = t.parent_id "
            f"WHERE p.{a} = $1 AND t.{b} = $2",
            f"SELECT t.{a}, count(*) FROM t{at} t WHERE t.{b} = $1 AND t.created > $2 GROUP BY t.{a}",
        )
    )


def main() -> int:
    """Prints a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statements", type=int, default=1000)
    parser.add_argument("--budget", type=float, default=BUDGET / MB, help="megabytes")
    parser.add_argument("--seconds", type=float, default=60.0, help="the limit given to the advisor")
    args = parser.parse_args()
    with made() as server:
        print(measured(server, args.statements, int(args.budget * MB), args.seconds).model_dump_json())
    return 0


@contextmanager
def made() -> Iterator[Server]:
    """A server with the tables, in the database `large`."""
    with Server.start() as server:
        with closing(server.create(NAME)) as database:
            for part in script():
                database.script(part)
        yield server


def measured(server: Server, count: int, budget: int, seconds: float) -> Measured:
    """Chooses for so many statements within a budget in bytes and a limit in seconds."""
    given = tuple(statements(count))
    coverage = Coverage(what="statements", examined=count, total=count)
    whole, wishes = Workload(statements=given, coverage=coverage), Wishes(budget=budget, effort=Effort(seconds=seconds))
    with planning.bench(server.conninfo(NAME)) as bench:
        began, cpu = time.perf_counter(), time.process_time()
        told = answer.choose(bench, whole, wishes, counted=False).told
        return Measured(
            statements=count,
            looked_at=told.looked_at.examined,
            candidates=told.candidates,
            tried=told.tried.because,
            ratio=told.ratio,
            bound=round(told.bound / told.base_cost, 4) if told.base_cost else 0.0,
            gap=told.gap,
            explain_calls=told.explain_calls,
            seconds=round(time.perf_counter() - began, 1),
            own_cpu_seconds=round(time.process_time() - cpu, 1),
        )


if __name__ == "__main__":
    sys.exit(main())
