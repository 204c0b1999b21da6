"""Selection: what the statements gain is worth the bytes, and the copy is left as it was."""

from __future__ import annotations

import pytest
from tests.tools.indexes.tasks import tasks_of

from dbengineer.tools.indexes import statistics
from dbengineer.tools.indexes.candidate import Candidate, Key
from dbengineer.tools.indexes.candidates import candidates
from dbengineer.tools.indexes.select import Selection, select
from dbengineer.tools.indexes.what_if import Planner
from dbengineer.tools.queries import sql, workload
from dbengineer.tools.queries.workload import Statement
from dbengineer.tools.schema import catalog
from dbengineer.tools.scratch.database import Database

OPEN = "SELECT id FROM tasks WHERE owner = $1 AND state = $2"
DUE = "SELECT id, title FROM tasks WHERE owner = $1 ORDER BY due LIMIT $2"
BY_KEY = "SELECT title FROM tasks WHERE id = $1"


def statement(text: str, share: float = 0.3, calls: int = 10) -> Statement:
    """A statement with a share of the time."""
    return workload.unknown(text).model_copy(update={"share": share, "calls": calls, "rows": 5 * calls})


@pytest.fixture
def tasks(database: Database) -> Database:
    """A database with one table of 20,000 rows."""
    database.script(tasks_of(20000))
    return database


def chosen(database: Database, *statements: Statement, budget: int | None = None) -> Selection:
    """What is selected for statements."""
    texts = {s.fingerprint: s.text for s in statements}
    wanted = candidates(texts, catalog.read(database), statistics.read(database))
    with Planner(database) as planner:
        return select(planner, statements, wanted, budget)


def test_a_missing_index_is_chosen_and_used(tasks: Database) -> None:
    selection = chosen(tasks, statement(OPEN))
    change = selection.change(sql.fingerprint(OPEN))
    assert change is not None
    assert change.ratio < 0.1
    assert change.used == tuple(c.name for c in selection.indexes)
    assert selection.cost < selection.base_cost


def test_one_index_serves_two_statements(tasks: Database) -> None:
    selection = chosen(tasks, statement(OPEN), statement(DUE))
    assert len(selection.indexes) == 1


def test_a_statement_that_is_quick_gets_none(tasks: Database) -> None:
    assert chosen(tasks, statement(BY_KEY)).indexes == ()


def test_a_budget_is_kept(tasks: Database) -> None:
    free, bound = chosen(tasks, statement(OPEN)), chosen(tasks, statement(OPEN), budget=16384)
    assert sum(free.bytes) > 16384
    assert bound.indexes == ()


def test_a_statement_that_cannot_be_planned_is_named(tasks: Database) -> None:
    selection = chosen(tasks, statement("SELECT nobody FROM tasks"), statement(OPEN))
    assert list(selection.unplannable.values()) == ['column "nobody" does not exist']
    assert len(selection.statements) == 1


def test_the_copy_is_as_before(tasks: Database) -> None:
    before = tasks.query("SELECT indexrelid, indisvalid FROM pg_index ORDER BY 1")
    chosen(tasks, statement(OPEN), statement(DUE))
    assert tasks.query("SELECT indexrelid, indisvalid FROM pg_index ORDER BY 1") == before


def test_what_postgresql_refuses_is_noted(tasks: Database) -> None:
    bad = Candidate(table="public.tasks", keys=(Key(expression="random()", column=False),))
    with Planner(tasks) as planner:
        assert planner.add([bad]) == []
        assert "IMMUTABLE" in planner.refused[bad]


def test_plans_known_for_a_larger_set_are_not_asked_again(tasks: Database) -> None:
    owner = Candidate(table="public.tasks", keys=(Key(expression="owner"),))
    title = Candidate(table="public.tasks", keys=(Key(expression="title"),))
    with Planner(tasks) as planner:
        planner.add([owner, title])
        both = planner.cost(statement(OPEN), frozenset({owner.name, title.name}))
        calls = planner.calls
        assert planner.cost(statement(OPEN), frozenset({owner.name})) == both
        assert planner.calls == calls
        assert planner.cost(statement(OPEN)) > both * 2
