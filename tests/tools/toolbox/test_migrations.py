"""The tools that rehearse and draft."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dbengineer.tools.facts import Recommendation
from dbengineer.tools.proofs import prove
from dbengineer.tools.toolbox import ToolError, call
from dbengineer.tools.workbench import Rows, Workbench

UP = "CREATE INDEX CONCURRENTLY by_mail ON public.users (email)"
DOWN = "DROP INDEX CONCURRENTLY public.by_mail"


def test_a_rehearsal_says_what_is_locked_and_what_it_costs(make_bench: Callable[[Rows], Workbench]) -> None:
    bench = make_bench("none")
    result = call(bench, "rehearse", {"up": UP, "down": DOWN})
    assert result.summary.startswith("exact: ")
    assert "SHARE UPDATE EXCLUSIVE on public.users: blocks vacuum and changes of the table" in result.summary
    assert "index build of public.users, a table of 101 rows" in result.summary
    assert bench.ledger[result.evidence[0]].saw["reversibility"] == "exact"


def test_what_changes_the_cluster_or_is_nothing_is_refused(make_bench: Callable[[Rows], Workbench]) -> None:
    with pytest.raises(ToolError, match="ALTER ROLE is not run for a model"):
        call(make_bench("none"), "rehearse", {"up": "ALTER ROLE postgres NOLOGIN"})
    for up, down in (("ALTER SYSTEM SET work_mem = '8MB'", ""), ("CREATE TABLE t ()", "ALTER SYSTEM RESET ALL")):
        with pytest.raises(ToolError, match="changes the whole server; recommend it as `setting`"):
            call(make_bench("none"), "rehearse", {"up": up, "down": down})
    with pytest.raises(ToolError, match="no statement"):
        call(make_bench("none"), "rehearse", {"up": " "})


def test_a_draft_tells_the_locks_that_the_proof_has_seen(make_bench: Callable[[Rows], Workbench]) -> None:
    bench = make_bench("none")
    accepted = Recommendation(
        id="ddl-1", deliverable="indexes", kind="ddl", title="An index", why="w", sql=UP, undo=DOWN
    )
    assert prove(bench, accepted).verdict == "proven"
    result = call(bench, "draft_migrations", {"recommendations": [accepted.model_dump()]})
    paths = [a.path for a in result.artefacts]
    assert "migrations/alembic/versions/0001_an_index.py" in paths
    assert "migrations/flyway/V1__an_index.sql.conf" in paths
    assert "SHARE UPDATE EXCLUSIVE on public.users" in (bench.out / "migrations/README.md").read_text()
