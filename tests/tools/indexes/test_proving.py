"""Choosing by running: a set is worth the time that its plans take on a copy with rows, and nothing gets slower."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.tools.indexes.tasks import tasks_of

from dbengineer.tools.facts import Coverage
from dbengineer.tools.indexes import answer, proving
from dbengineer.tools.indexes.answer import IndexSet, Wishes
from dbengineer.tools.indexes.candidate import Candidate, Key
from dbengineer.tools.indexes.interleaved import Interleaved
from dbengineer.tools.indexes.laboratory import Laboratory, worth
from dbengineer.tools.indexes.promising import fitting, ranked
from dbengineer.tools.indexes.what_if import Planner
from dbengineer.tools.queries import workload
from dbengineer.tools.queries.usage import Names
from dbengineer.tools.queries.workload import Statement, Workload
from dbengineer.tools.schema import catalog
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Rows, Workbench

OPEN = "SELECT id FROM tasks WHERE owner = 7 AND state = 's3'"
DUE = "SELECT count(*), max(title) FROM tasks WHERE due = date '2025-03-01'"
ALL = "SELECT state, count(*) FROM tasks GROUP BY state"
BROKEN = "SELECT nobody FROM tasks"
ALONE = """
CREATE FUNCTION alone() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (SELECT FROM pg_index WHERE indrelid = 'tasks'::regclass AND indisvalid AND NOT indisprimary) THEN
    RAISE 'an index is in the way';
  END IF;
  RETURN true;
END $$
"""
OWNER = Candidate(table="public.tasks", keys=(Key(expression="owner"),))
DAY = Candidate(table="public.tasks", keys=(Key(expression="due"),))
TITLE = Candidate(table="public.tasks", keys=(Key(expression="title"),))


def given(*texts: str) -> Workload:
    """A workload of a file."""
    statements = tuple(workload.unknown(text) for text in texts)
    return Workload(statements=statements, coverage=Coverage(what="statements", examined=len(texts), total=len(texts)))


@pytest.fixture
def tasks(database: Database) -> Database:
    """A database with one table of 60,000 rows."""
    database.script(tasks_of(60000))
    return database


@pytest.fixture
def lab(tasks: Database) -> Iterator[Laboratory]:
    """A laboratory on the rows themselves."""
    with Planner(tasks) as planner:
        yield Laboratory(tasks, planner, "/")


def bench_on(server: Server, database: Database, out: Path, rows: Rows) -> Workbench:
    """A workbench whose target is a database of the shared server."""
    return Workbench(Target.open(server.conninfo(database.name), trust_role=True), out, rows=rows)


def test_two_budgets_are_answered_on_one_copy_that_is_gone_afterwards(
    server: Server, tasks: Database, tmp_path: Path
) -> None:
    bench, asked = bench_on(server, tasks, tmp_path, "copy"), given(OPEN, DUE, ALL, BROKEN)
    try:
        wishes = [Wishes(budget=b, prove="run", run_seconds=5.0) for b in (4 << 20, 1 << 10)]
        chosen = [(wish, answer.choose(bench, asked, wish, counted=False)) for wish in wishes]
        nothing, some = proving.several_by_running(bench, asked, chosen)
    finally:
        bench.close()
    assert nothing.indexes == ()
    assert nothing.time_ratio == 1.0
    assert_gains(some)
    assert tasks.query("SELECT count(*) AS n FROM pg_index WHERE NOT indisvalid")[0]["n"] == 0


def assert_gains(told: IndexSet) -> None:
    """Both statements that look for something are quicker, the one that reads all is as it was."""
    assert told.time_ratio is not None
    assert told.time_ratio < 0.9
    assert told.least_ratio is not None
    assert told.least_ratio <= told.time_ratio
    assert told.regressions == ()
    assert 0 < told.bytes <= 4 << 20
    assert {line.text[:12]: bool(line.indexes) for line in told.statements} == {
        "SELECT id FR": True,
        "SELECT count": True,
        "SELECT state": False,
    }
    assert [u.reason for u in told.unplanned if "nobody" in u.text][-1].startswith("it was not run")


def test_without_leave_no_row_is_copied(server: Server, tasks: Database, tmp_path: Path) -> None:
    bench, asked = bench_on(server, tasks, tmp_path, "none"), given(OPEN)
    try:
        wishes = Wishes(budget=1 << 20, prove="run")
        with pytest.raises(PermissionError, match="--rows copy"):
            proving.by_running(bench, asked, wishes, answer.choose(bench, asked, wishes, counted=False))
    finally:
        bench.close()


def test_a_plan_that_takes_far_longer_is_ended(lab: Laboratory) -> None:
    slow = workload.unknown("SELECT count(*) FROM tasks a, tasks b WHERE a.due > b.due")
    lab.base[slow.fingerprint] = 1.0
    assert lab.took(slow, frozenset()) == pytest.approx(21.6)
    assert lab.runs == 1


def test_a_statement_that_fails_with_an_index_only_is_as_bad_with_it_as_one_that_does_not_end(
    lab: Laboratory, tasks: Database
) -> None:
    tasks.script(ALONE)
    taken = given("SELECT id FROM tasks WHERE owner = 7 AND alone()")
    lab.take(taken, Names(catalog.read(tasks)))
    lab.build([OWNER], {OWNER.name: 1}, until=float("inf"))
    limit = lab.base[taken.statements[0].fingerprint] * 1.6 + 20
    assert lab.took(lab.statements[0], frozenset({OWNER.name})) == pytest.approx(limit)


def test_what_gets_slower_weighs_more_than_it_loses() -> None:
    assert worth(100.0, 110.0) == 110.0
    assert worth(100.0, 130.0) == pytest.approx(230.0)
    assert worth(1.0, 1.9) == 1.9


def test_a_statement_whose_plan_stays_is_measured_once_for_all_sets(lab: Laboratory, tasks: Database) -> None:
    taken = given(OPEN, ALL)
    lab.take(taken, Names(catalog.read(tasks)))
    lab.build([OWNER, DAY], {OWNER.name: 1, DAY.name: 1}, until=float("inf"))
    lab.plant()
    proof = Interleaved(lab)
    quicker, same = proof.of(frozenset({OWNER.name}))
    assert quicker.used == (OWNER.name,)
    assert quicker.after < quicker.before
    assert same.before == same.after
    runs = lab.runs
    assert proof.of(frozenset({OWNER.name, DAY.name}))[1] == same
    assert lab.runs == runs


def test_what_changes_no_plan_is_not_promising_and_the_room_is_kept(tasks: Database) -> None:
    statements: list[Statement] = list(given(OPEN, DUE).statements)
    times = dict.fromkeys((s.fingerprint for s in statements), 10.0)
    with Planner(tasks) as planner:
        found = ranked(planner, statements, planner.add([TITLE, DAY, OWNER]), times)
        sizes = {c.name: planner.bytes(c) for c in found}
    assert set(found) == {DAY, OWNER}
    assert fitting(found, sizes, None, sizes[found[0].name]) == found[:1]
    assert fitting(found, sizes, 1, 1 << 30) == []
