"""Workloads that are larger than the time for them: the heaviest come first, and what was left out is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.tools.indexes.tasks import tasks_of

from dbengineer.tools.facts import Coverage
from dbengineer.tools.indexes import answer
from dbengineer.tools.indexes.answer import IndexSet, Wishes
from dbengineer.tools.indexes.basing import Based
from dbengineer.tools.indexes.candidate import Candidate, Key
from dbengineer.tools.indexes.clock import Clock
from dbengineer.tools.indexes.pooling import Naming, pool
from dbengineer.tools.indexes.search import Effort
from dbengineer.tools.queries import workload
from dbengineer.tools.queries.workload import Workload
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Workbench

ASKED = (
    "SELECT id FROM tasks WHERE owner = $1 AND state = $2",
    "SELECT title FROM tasks WHERE id = $1",
    "SELECT max(due) FROM tasks WHERE state = $1",
    "SELECT id FROM basket WHERE owner = $1",
    "SELECT id FROM unknown WHERE owner = $1",
)
A, B, C = (Candidate(table="public.tasks", keys=(Key(expression=name),)) for name in ("owner", "state", "due"))
COSTS = {"heavy": 90.0, "middle": 9.5, "light": 0.5}


@pytest.fixture
def bench(server: Server, database: Database, tmp_path: Path) -> Iterator[Workbench]:
    """A workbench on 20,000 tasks, and on a table that was never analyzed."""
    database.script(tasks_of(20000))
    database.script("CREATE TABLE basket (id int, owner int); ALTER TABLE basket SET (autovacuum_enabled = off)")
    database.script("INSERT INTO basket SELECT i, i % 100 FROM generate_series(1, 5000) i")
    made = Workbench(Target.open(server.conninfo(database.name), trust_role=True), tmp_path)
    yield made
    made.close()


def told(bench: Workbench, seconds: float, budget: int = 10 << 20) -> IndexSet:
    """What is chosen in so many seconds."""
    coverage = Coverage(what="statements", examined=len(ASKED), total=len(ASKED))
    asked = Workload(statements=tuple(workload.unknown(text) for text in ASKED), coverage=coverage)
    wishes = Wishes(budget=budget, effort=Effort(seconds=seconds))
    return answer.choose(bench, asked, wishes, counted=False).told


def test_without_any_time_every_statement_is_listed_as_not_looked_at(bench: Workbench) -> None:
    found = told(bench, 1e-9)
    assert found.indexes == ()
    assert [u.text for u in found.unreached] == list(ASKED)
    assert all("--seconds gives more" in u.reason for u in found.unreached)
    assert (found.looked_at.examined, found.looked_at.total) == (0, len(ASKED))
    assert "before 5 were planned at all" in found.looked_at.because


def test_with_time_enough_only_what_the_planner_refuses_is_left_out(bench: Workbench) -> None:
    found = told(bench, 60.0)
    assert found.unreached == ()
    assert found.looked_at.because == "1 cannot be planned"
    (refused,) = found.unplanned
    assert 'relation "unknown" does not exist; if it is a temporary one' in refused.reason
    assert found.tried.because == ""
    assert [i.ddl for i in found.indexes if "owner" in i.ddl]
    assert any("public.basket was never analyzed" in note for note in found.notes)
    assert not any("basket" in i.ddl for i in found.indexes)


def test_what_was_planned_only_as_it_is_makes_the_bound_no_higher(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = told(bench, 60.0)
    for step in ("LOOKED", "EXPLORED", "SEARCHED"):
        monkeypatch.setattr(f"dbengineer.tools.indexes.select.{step}", 0.0)
    found = told(bench, 60.0)
    assert found.bound < full.bound
    assert found.base_cost == full.base_cost
    assert all("planned only as it is" in u.reason for u in found.unreached)
    assert [u.text for u in found.unreached] == list(ASKED[:3]), "of a table without candidates the plan is known"
    assert "the bound takes them to cost nothing" in found.looked_at.because


def test_no_index_is_chosen_without_a_byte_for_it(bench: Workbench) -> None:
    found = told(bench, 60.0, budget=0)
    assert (found.indexes, found.candidates, found.ratio, found.gap) == ((), 0, 1.0, 0.0)


def test_of_too_many_candidates_those_are_kept_whose_statements_cost_most() -> None:
    named = {A: frozenset({"light"}), B: frozenset({"heavy", "light"}), C: frozenset({"middle"})}
    kept = pool(named, Based(costs=COSTS), list(COSTS), most=2)
    assert kept.kept == (B, C)
    assert kept.found == 3
    assert kept.served == {"heavy", "middle"}


def test_candidates_are_named_until_next_to_all_of_the_cost_is_seen_or_time_is_over() -> None:
    naming, many = Naming(COSTS, Clock(60.0)), 10_000
    assert [naming.enough(many) for _ in range(3)] == [False, False, True]
    assert naming.done == ["heavy", "middle"]
    assert [Naming(COSTS, Clock(60.0)).enough(few) for few in (0, 100)] == [False, False]
    assert Naming(COSTS, Clock(0.0)).enough(0)
