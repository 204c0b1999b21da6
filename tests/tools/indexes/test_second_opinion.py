"""The second opinion: HypoPG on the database is asked about the same indexes, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo
from tests.tools.indexes.tasks import tasks_of

from dbengineer.tools.facts import Coverage
from dbengineer.tools.indexes import answer
from dbengineer.tools.indexes.answer import IndexSet, Wishes
from dbengineer.tools.queries import workload
from dbengineer.tools.queries.workload import Workload
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import RefusedSql, Target
from dbengineer.tools.workbench import Workbench

POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")
CONTROL = Path("/usr/share/postgresql/15/extension/hypopg.control")
OPEN = "SELECT id FROM tasks WHERE owner = $1 AND state = $2"
TITLE = "SELECT title FROM tasks WHERE title LIKE '%plan%'"
WRITE = "UPDATE tasks SET state = 'done' WHERE owner = $1"
PRETENDED = """
CREATE FUNCTION hypopg_create_index(text) RETURNS TABLE (indexrelid oid, indexname text) LANGUAGE sql AS
    $$ SELECT 1::oid, 'pretended' $$;
"""


@pytest.fixture(scope="module")
def with_hypopg() -> Iterator[Server]:
    """A server of version 15 whose installation has HypoPG."""
    if not CONTROL.exists():
        pytest.skip("postgresql-15-hypopg is not installed")
    with Server.start(pg_bin=POSTGRES_15) as server:
        yield server


@pytest.fixture
def tasks(with_hypopg: Server) -> Iterator[Database]:
    """A database of it with 20,000 tasks."""
    with closing(with_hypopg.create("tasks")) as database:
        database.script(tasks_of(20000))
        yield database
    with_hypopg.drop("tasks")


def told(server: Server, out: Path, *texts: str) -> IndexSet:
    """What is chosen for statements."""
    coverage = Coverage(what="statements", examined=len(texts), total=len(texts))
    asked = Workload(statements=tuple(workload.unknown(text) for text in texts), coverage=coverage)
    with closing(Workbench(Target.open(server.conninfo("tasks"), trust_role=True), out)) as bench:
        return answer.choose(bench, asked, Wishes(budget=50 << 20), counted=False).told


def test_it_says_whether_the_database_would_take_the_same_indexes(
    with_hypopg: Server, tasks: Database, tmp_path: Path
) -> None:
    tasks.script("CREATE SCHEMA ext; CREATE EXTENSION hypopg SCHEMA ext")
    second = told(with_hypopg, tmp_path, OPEN, WRITE).second_opinion
    assert second is not None
    assert second.by.startswith("HypoPG 1.")
    assert (second.compared, second.alike, second.differing) == (1, 1, ())
    assert second.ratio == pytest.approx(second.ratio_on_shadow, rel=0.05)
    assert second.ratio is not None
    assert second.ratio < 0.2


def test_what_it_cannot_suppose_is_said(with_hypopg: Server, tasks: Database, tmp_path: Path) -> None:
    tasks.script("CREATE EXTENSION hypopg; CREATE EXTENSION pg_trgm")
    second = told(with_hypopg, tmp_path, OPEN, TITLE).second_opinion
    assert second is not None
    assert (second.compared, second.alike) == (1, 1)
    assert "does not suppose CREATE INDEX ix_" in second.because
    assert "USING gin" in second.because


@pytest.mark.parametrize(
    "made", ["", PRETENDED, "CREATE EXTENSION hypopg; REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM public"]
)
def test_without_it_nobody_is_asked(with_hypopg: Server, tasks: Database, made: str) -> None:
    tasks.script(f"{made}; CREATE ROLE reader LOGIN; GRANT SELECT ON tasks TO reader")
    try:
        with closing(Target.open(make_conninfo(with_hypopg.conninfo("tasks"), user="reader"))) as target:
            assert target.hypopg() is None
    finally:
        tasks.script("DROP OWNED BY reader; DROP ROLE reader")


def test_the_session_forgets_the_indexes_also_when_a_statement_fails(with_hypopg: Server, tasks: Database) -> None:
    tasks.script("CREATE EXTENSION hypopg")
    with closing(Target.open(with_hypopg.conninfo("tasks"), trust_role=True)) as target:
        there = target.hypopg()
        assert there is not None
        index = "CREATE INDEX ON public.tasks (owner)"
        broken, sound = "SELECT nobody FROM public.tasks", "SELECT id FROM public.tasks WHERE owner = 7"
        seen = target.suppose(there, [index, "DROP TABLE public.tasks"], [broken, sound])
        assert seen.names[1] is None
        assert seen.plans[0] is None
        assert seen.plans[1] is not None
        before, after = seen.plans[1]
        assert after["Plan"]["Total Cost"] < before["Plan"]["Total Cost"]
        assert target._connection.execute("SELECT * FROM public.hypopg()").fetchall() == []
        assert target.explain(sound) == before


def test_statements_pass_the_guard(with_hypopg: Server, tasks: Database) -> None:
    tasks.script("CREATE EXTENSION hypopg")
    with closing(Target.open(with_hypopg.conninfo("tasks"), trust_role=True)) as target:
        there = target.hypopg()
        assert there is not None
        with pytest.raises(RefusedSql):
            target.suppose(there, [], ["DELETE FROM public.tasks"])
