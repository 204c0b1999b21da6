"""The laboratory: a server of its own that holds the target's rows and candidates that are really built."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager

from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.indexes.measured import HOPE, Measured
from dbengineer.tools.indexes.tree import Answer, Names
from dbengineer.tools.indexes.what_if import Planner, planning_text
from dbengineer.tools.plans.read import Node
from dbengineer.tools.queries import parameters, running
from dbengineer.tools.queries.parameters import Undrawable
from dbengineer.tools.queries.running import Endless, Unplannable, Unrunnable
from dbengineer.tools.queries.usage import Names as Tables
from dbengineer.tools.queries.workload import Statement, Workload
from dbengineer.tools.scratch import fidelity
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Workbench

SLOWER, NOTABLE_MS, PENALTY = 1.2, 1.0, 10.0
"""A statement that gets over 20 % and a millisecond slower weighs ten times what it loses beyond that."""
ROUNDS, LONG_MS, TIMEOUT_MS = 3, 300.0, 60_000.0
DOUBTFUL = 0.75
"""Of the time without candidates; what seems to gain less than this may only have met a quieter machine."""
LIMIT, SLACK_MS, QUICKER = 1.6, 20.0, 0.9
"""A plan is ended once it took so many times what the statement takes without candidates, and so much more."""
LITTLE_HOPE = 0.95
"""The share of its cost's promise that a plan may take whose steps are as before, by another index."""
ROOM, SPARE = 2.0, 1 << 30
"""How much of the disk an index takes while it is built, by its size, and what is left free beside it."""
SETTINGS = "SELECT name, setting FROM pg_settings WHERE name IN ('max_worker_processes', 'max_parallel_workers')"
BUFFERS = "SELECT setting::int8 * 8192 AS bytes FROM pg_settings WHERE name = 'shared_buffers'"
MEGABYTE = 1 << 20


def worth(base: float, took: float) -> float:
    """Milliseconds as the choice counts them: what gets slower weighs more than what it loses."""
    beyond = took - base * SLOWER
    return took + (PENALTY * beyond if beyond > 0 and took - base > NOTABLE_MS else 0.0)


class Laboratory:
    """Any set of the `built` candidates can be shown to the planner, and statements run with it.

    `statements` are those that can be run, with values in place of parameters; `failed` says why others cannot;
    `base` is what each takes without any candidate, in milliseconds; `sizes` are the bytes of the built candidates.
    """

    def __init__(self, database: Database, planner: Planner, disk: str) -> None:
        self.database = database
        self.planner = planner
        self.disk = disk
        self.built: list[Candidate] = []
        self.sizes: dict[str, int] = {}
        self.statements: list[Statement] = []
        self.failed: dict[str, str] = {}
        self.trees: dict[str, Measured] = {}
        self.base: dict[str, float] = {}
        self.runs = 0

    def take(self, workload: Workload, names: Tables, until: float = float("inf")) -> None:
        """Takes the statements that can be run, measured without any candidate, until a moment of the clock."""
        for statement in workload.statements:
            if time.perf_counter() > until:
                self.failed[statement.fingerprint] = "the time was used up by the statements before it"
                continue
            try:
                text = parameters.bound(self.database, statement, names, sets=1)[0]
                running.planned(self.database, text)
                taken = statement.model_copy(update={"text": text})
                self.base[statement.fingerprint] = self.least(taken, frozenset(), TIMEOUT_MS)
                self.statements.append(taken)
            except (Undrawable, Unplannable, Unrunnable) as error:
                self.failed[statement.fingerprint] = str(error)

    def build(self, candidates: Sequence[Candidate], sizes: Mapping[str, int], until: float) -> None:
        """Builds candidates in their order, until a moment of the clock, or as long as the disk has room for them."""
        for candidate in candidates:
            if time.perf_counter() > until:
                break
            if shutil.disk_usage(self.disk).free > sizes[candidate.name] * ROOM + SPARE:
                self.built += self.planner.add([candidate])
        for table in sorted({c.table for c in self.built if not all(key.column for key in c.keys)}):
            self.database.script(f"ANALYZE {table}")
        self.sizes = {c.name: self.planner.real_bytes(c) for c in self.built}

    def plant(self) -> None:
        """Makes the trees of all statements, of the candidates that were built.

        What statements take without them is measured once more: a copy just restored is slower than it will be.
        """
        self.database.script("CHECKPOINT")
        for statement in self.statements:
            again = self.least(statement, frozenset(), TIMEOUT_MS)
            self.base[statement.fingerprint] = min(again, self.base[statement.fingerprint])
        self.trees = {s.fingerprint: self._tree(s) for s in self.statements}

    def _tree(self, statement: Statement) -> Measured:
        steps: dict[Hashable, Hashable] = {}

        def explain(chosen: Names) -> tuple[Answer, Hashable]:
            answer, root = self.planner.answer(statement, chosen), self.planner.plan_known(statement, chosen).root
            shape = _shape(root)
            steps[shape] = _steps(root)
            return answer, shape

        def run(chosen: Names) -> float:
            name = statement.fingerprint
            took = self.took(statement, chosen) if chosen else self.base[name]
            if DOUBTFUL * self.base[name] < took < self.base[name]:
                self.base[name] = min(self.base[name], self.once(statement, frozenset(), TIMEOUT_MS))
                self.trees[name].correct(frozenset(), self.base[name])
            return worth(self.base[name], took)

        def hope(plan: Hashable) -> float:
            return LITTLE_HOPE if steps[plan] == plain else HOPE

        plain = _steps(self.planner.plan_known(statement, frozenset()).root)
        return Measured(explain, run, self.planner.on(statement), lambda name: -self.planner.size_of(name), hope)

    def took(self, statement: Statement, chosen: Names) -> float:
        """Milliseconds with a set, of which it is only known that they are too many where they are.

        One run says enough of what is long and clearly quicker, or so slow that it was ended.
        """
        base = self.base[statement.fingerprint]
        limit = base * LIMIT + SLACK_MS
        first = self.once(statement, chosen, limit)
        if first >= limit or LONG_MS < first < base * QUICKER:
            return first
        return min(first, self.least(statement, chosen, limit))

    def least(self, statement: Statement, chosen: Names, limit: float) -> float:
        """The least milliseconds of three runs, of two where they are long."""
        least = float("inf")
        for number in range(1, ROUNDS + 1):
            took = self.once(statement, chosen, limit)
            least = min(least, took)
            if took >= limit or (number > 1 and least > LONG_MS):
                break
        return least

    def once(self, statement: Statement, chosen: Names, limit: float) -> float:
        """Milliseconds of one run, which is ended at the limit; what fails only with candidates is as bad as that."""
        self.planner.show(chosen)
        self.runs += 1
        try:
            plan = running.run(self.database, planning_text(statement), timeout_ms=int(limit) + 1)
        except Endless:
            return limit
        except Unrunnable:
            if not chosen:
                raise
            return limit
        return plan.execution_ms or 0.0


@contextmanager
def laboratory(bench: Workbench) -> Iterator[Laboratory]:
    """A copy with rows on a server that is gone afterwards; needs leave to copy rows (PermissionError)."""
    from dbengineer.tools.scratch.restored import make_restored

    if bench.rows != "copy":
        raise PermissionError("statements are run on a copy of the rows; allow it with --rows copy")
    with Server.start(pg_bin=bench.pg_bin, settings=_settings(bench.target)) as server:
        bench.progress("dumping the target and restoring the dump, with its rows, into a server of its own")
        copy = make_restored(bench.target, server, "rows")
        with closing(copy.database):
            fidelity.copy_settings(bench.target, copy.database)
        # Settings of a database reach only the sessions that begin after them.
        with closing(server.database("rows")) as database, Planner(database) as planner:
            database.script(f"RESET jit; SET maintenance_work_mem = '{_memory() // 16 // MEGABYTE}MB'")
            yield Laboratory(database, planner, str(server.data))


def _settings(target: Target) -> dict[str, str]:
    """The memory and workers of the target, as far as this machine has them; indexes are built fast."""
    found = {row["name"]: str(row["setting"]) for row in target.query(SETTINGS)}
    buffers = min(int(target.query(BUFFERS)[0]["bytes"]), _memory() // 3)
    workers = str(os.cpu_count() or 2)
    building = {"max_parallel_maintenance_workers": workers, "wal_level": "minimal", "max_wal_senders": "0"}
    return found | building | {"shared_buffers": f"{max(buffers // MEGABYTE, 16)}MB", "max_wal_size": "16GB"}


def _memory() -> int:
    """Bytes of memory that the machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _shape(node: Node) -> Hashable:
    """What makes two plans take the same time: the steps, their relations and indexes."""
    return (node.type, node.relation, node.index, tuple(_shape(child) for child in node.children))


def _steps(node: Node) -> Hashable:
    """A shape without the names of indexes."""
    return (node.type, node.relation, tuple(_steps(child) for child in node.children))
