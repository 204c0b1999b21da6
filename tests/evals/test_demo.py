"""The demo databases: really loaded, really used, and with exactly the flaws that their truth lists."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from dbengineer.evals.demo import SCHEMAS, Demo, Statement, read_steps, read_workload
from dbengineer.tools import checking
from dbengineer.tools.facts import DELIVERABLES, Coverage, Finding
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.target import Target


def flaws(name: str, kind: str = "") -> list[dict[str, Any]]:
    """The planted flaws of a demo, of one kind or all."""
    listed: list[dict[str, Any]] = yaml.safe_load((SCHEMAS / name / "truth.yaml").read_text())["flaws"]
    return [flaw for flaw in listed if kind in ("", flaw["kind"])]


def statements(name: str) -> dict[str, Statement]:
    """The statements of a demo's workload by name."""
    blocks = read_workload((SCHEMAS / name / "workload.sql").read_text())
    return {block.name: block for block in blocks if isinstance(block, Statement)}


def findings(demo: Demo) -> list[Finding]:
    """What all checks find with the role that reviews."""
    everything = Coverage(what="everything", examined=1, total=1)
    with closing(Target.open(demo.url)) as target:
        outcomes = [checking.run(check, target, everything) for check in checking.all_checks().values()]
    return [finding for outcome in outcomes for finding in outcome.findings]


@pytest.fixture(scope="module")
def todo() -> Iterator[Demo]:
    """The database that hurts, at a fiftieth of its size."""
    with Demo("todo", scale=0.02) as demo:
        yield demo


@pytest.fixture(scope="module")
def healthy() -> Iterator[Demo]:
    """Its healthy twin, at a fifth of its size."""
    with Demo("todo_healthy", scale=0.2) as demo:
        yield demo


@pytest.fixture(scope="module")
def found(todo: Demo) -> set[tuple[str, str]]:
    """Check and object of everything that is found in the database that hurts."""
    return {(finding.check, finding.object) for finding in findings(todo)}


@pytest.fixture
def admin(todo: Demo) -> Iterator[Database]:
    """A superuser's session in the database that hurts."""
    with closing(todo.administrator()) as database:
        yield database


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's own user may enter as well."""
    path = Path(tempfile.mkdtemp(prefix="dbe-home-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def test_the_truth_names_flaws_in_all_eight_deliverables() -> None:
    planted = flaws("todo")
    assert {flaw["deliverable"] for flaw in planted} == set(DELIVERABLES)
    assert len({flaw["id"] for flaw in planted}) == len(planted) >= 25


@pytest.mark.parametrize("flaw", flaws("todo", "check"), ids=lambda flaw: flaw["id"])
def test_a_planted_flaw_is_found_by_its_check(flaw: dict[str, Any], found: set[tuple[str, str]]) -> None:
    assert flaw["check"] in checking.all_checks()
    if not flaw.get("full"):
        assert (flaw["check"], flaw["object"]) in found


def test_no_fault_is_found_that_the_truth_does_not_name(todo: Demo) -> None:
    faults = {(finding.check, finding.object) for finding in findings(todo) if finding.severity != "info"}
    planted = {(flaw["check"], flaw["object"]) for flaw in flaws("todo", "check")}
    # Whether the planner has peeked into the index of NULLs meanwhile is for chance to decide.
    by_chance = {("unused_index", thing) for check, thing in planted if check == "mostly_null_index"}
    assert faults - planted - by_chance == set()


def test_a_slow_statement_of_the_truth_is_in_the_workload() -> None:
    named = {flaw["name"] for flaw in flaws("todo", "statement")}
    assert len(named) >= 12
    assert named <= set(statements("todo"))


def test_two_heads_of_the_migrations_were_never_merged(admin: Database) -> None:
    heads = {row["version_num"] for row in admin.query("SELECT version_num FROM alembic_version")}
    assert heads == {"3f2c9a71be04", "91d0c55e7a2b"}


def test_the_application_is_seen_in_pg_stat_statements_with_its_parameters_taken_out(todo: Demo) -> None:
    with closing(Target.open(todo.url)) as target:
        rows = target.query(
            """SELECT query, calls FROM public.pg_stat_statements JOIN pg_roles r ON r.oid = userid
               WHERE rolname = 'todo_app'"""
        )
    written = statements("todo")
    assert sorted(row["calls"] for row in rows) == sorted(statement.calls for statement in written.values())
    assert all("$1" in row["query"] for row in rows)


def test_loading_the_rows_is_not_counted(admin: Database) -> None:
    rows = admin.query(
        """SELECT query FROM pg_stat_statements JOIN pg_roles r ON r.oid = userid
           WHERE rolname NOT IN ('todo_app', 'dbengineer_ro')"""
    )
    assert rows == []


def test_some_people_own_far_more_than_others_and_most_tasks_are_done(admin: Database) -> None:
    row = admin.query(
        """SELECT (SELECT count(*) FROM tasks) AS tasks,
                  (SELECT count(*) FROM tasks WHERE status = 'done') AS done,
                  (SELECT count(*) FROM tasks WHERE user_id <= (SELECT max(id) / 10 FROM users)) AS first_tenth,
                  (SELECT count(*) FROM messages) AS messages,
                  (SELECT count(*) FROM messages WHERE created_at >= '2025-01-01') AS last_year"""
    )[0]
    assert row["done"] > 0.8 * row["tasks"]
    assert row["first_tenth"] > 0.3 * row["tasks"]
    assert row["last_year"] > 0.5 * row["messages"]


@pytest.mark.parametrize("statement", ["DELETE FROM public.tasks", "CREATE TABLE public.mine ()"])
def test_the_role_that_reviews_cannot_write_tables_of_the_healthy_twin(healthy: Demo, statement: str) -> None:
    with closing(Database("todo", healthy.url)) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.script(statement)


def test_nobody_enters_the_healthy_twin_without_a_password(healthy: Demo) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        Database("todo", healthy.server.conninfo("todo").replace("user=postgres", "user=todo_app"))


def test_the_right_review_of_the_healthy_twin_is_nothing_to_change(healthy: Demo) -> None:
    wrong = [
        f"{finding.check}: {finding.object} {finding.detail}"
        for finding in findings(healthy)
        if finding.severity != "info"
    ]
    assert wrong == []


def test_every_index_of_the_healthy_twin_is_used_or_keeps_a_constraint(healthy: Demo) -> None:
    with closing(healthy.administrator()) as database:
        idle = database.query(
            """SELECT indexrelname FROM pg_stat_user_indexes s JOIN pg_index i USING (indexrelid)
               WHERE idx_scan = 0 AND NOT indisunique AND NOT EXISTS (
                   SELECT FROM pg_constraint k
                   WHERE contype = 'f' AND conrelid = s.relid AND k.conkey[1] = i.indkey[0])"""
        )
    assert idle == []


def test_the_healthy_twin_is_fast_warm_and_archived(healthy: Demo) -> None:
    with closing(healthy.administrator()) as database:
        slowest = database.query("SELECT max(mean_exec_time) AS ms FROM extensions.pg_stat_statements")[0]["ms"]
        hits = database.query(
            """SELECT sum(heap_blks_hit + idx_blks_hit)
                    / sum(heap_blks_hit + idx_blks_hit + heap_blks_read + idx_blks_read) AS ratio
               FROM pg_statio_user_tables"""
        )[0]["ratio"]
        archive = database.query("SELECT archived_count, failed_count FROM pg_stat_archiver")[0]
    assert slowest < 100
    assert hits > 0.99
    assert archive["archived_count"] > 0
    assert archive["failed_count"] == 0


def test_a_demo_that_was_loaded_is_used_again(folder: Path) -> None:
    said: list[str] = []
    with Demo("todo", scale=0.001, home=folder) as first, closing(first.administrator()) as database:
        database.script("CREATE TABLE left_behind ()")
    again = Demo("todo", scale=0.001, home=folder, progress=said.append)
    with again, closing(Target.open(again.url)) as target:
        assert target.query("SELECT to_regclass('public.left_behind') IS NOT NULL AS kept")[0]["kept"]
    assert said == ["starting the demo that is there"]


def test_a_demo_that_changed_is_loaded_anew_and_the_old_one_goes(folder: Path) -> None:
    with Demo("todo", scale=0.001, home=folder) as first:
        old = first.home
    with Demo("todo", scale=0.002, home=folder) as second:
        assert [path for path in folder.iterdir() if path.is_dir()] == [second.home]
    assert second.home != old


def test_a_demo_that_runs_is_not_touched_by_another_run(folder: Path) -> None:
    with Demo("todo", scale=0.001, home=folder), pytest.raises(RuntimeError, match="in use"):
        Demo("todo", scale=0.002, home=folder).__enter__()


def test_a_demo_without_a_home_leaves_nothing_behind() -> None:
    with Demo("todo", scale=0.001) as demo:
        home = demo.home
        assert home.exists()
    assert not home.exists()


def test_a_name_that_is_no_demo_is_refused_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="todo, todo_healthy"):
        Demo("casino")


def test_a_statement_without_calls_is_refused() -> None:
    with pytest.raises(ValueError, match="calls: 40"):
        read_workload("-- name: inbox\nSELECT 1")


def test_a_step_that_has_to_fail_says_so_in_its_title() -> None:
    step = read_steps("-- step: an index that met duplicates  (fails)\nSELECT 1")[0]
    assert step.fails
    assert step.title == "an index that met duplicates"
