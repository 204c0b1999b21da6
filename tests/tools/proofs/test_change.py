"""What a change leaves behind is told: lost data, a role that is another one now, a check that nobody could ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from dbengineer.tools import checking
from dbengineer.tools.facts import Coverage, Recommendation
from dbengineer.tools.proofs import _change, prove
from dbengineer.tools.scratch.copies import Copy
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.workbench import Rows, Workbench

MakeBench = Callable[[Rows], Workbench]


def change(sql: str, undo: str, kind: str = "ddl") -> Recommendation:
    """A recommended change."""
    words = {"id": "c-1", "deliverable": "schema", "kind": kind, "title": "t", "why": "w", "sql": sql, "undo": undo}
    return Recommendation.model_validate(words)


def test_a_way_back_that_brings_no_data_back_is_proven_with_that_loss(make_bench: MakeBench) -> None:
    dropped = change("ALTER TABLE public.users DROP COLUMN email", "ALTER TABLE public.users ADD COLUMN email text")
    proof = prove(make_bench("none"), dropped)
    assert proof.verdict == "proven"
    lost = "made, taken back and made again, with loss: the data of public.users.email does not come back"
    assert proof.reason == lost


@pytest.fixture
def boss(server: Server) -> Iterator[str]:
    """A role that may do everything."""
    admin = server.database()
    admin.script("CREATE ROLE market_boss SUPERUSER")
    yield "market_boss"
    admin.script("DROP ROLE market_boss")
    admin.close()


@pytest.mark.parametrize(("undo", "verdict"), [("SELECT 1", "refuted"), ("ALTER ROLE {} SUPERUSER", "proven")])
def test_the_evidence_tells_of_a_role_that_the_trial_left_changed(
    make_bench: MakeBench, boss: str, undo: str, verdict: str
) -> None:
    bench = make_bench("none")
    proof = prove(bench, change(f"ALTER ROLE {boss} NOSUPERUSER", undo.format(boss), "access"))
    assert proof.verdict == verdict
    assert ("the way back does not restore the schema" in proof.reason) == (verdict == "refuted")
    assert ("roles_left_changed" in bench.ledger[proof.evidence[0]].saw) == (verdict == "refuted")


def test_a_check_that_may_not_be_asked_does_not_fire(database: Database) -> None:
    check = checking.all_checks()["trust_authentication"]
    (line, *_) = (row["object"] for row in database.query(check.query_for(database.version) or ""))
    solved = f"trust_authentication:{line}"
    database.script("CREATE ROLE role_nobody")
    with _change.asking(database) as asker:
        assert _change.fires(asker, solved)
        asker.script("SET ROLE role_nobody")
        assert not _change.fires(asker, solved)


def test_a_check_that_is_not_there_does_not_fire(database: Database) -> None:
    with _change.asking(database) as asker:
        assert not _change.fires(asker, "no_such_check:public.users")


@pytest.fixture
def bench_on_half_a_copy(make_bench: MakeBench) -> Workbench:
    """A workbench whose copy lacks a table, and knows that it does."""
    bench = make_bench("none")
    database = bench.rehearsal.database
    database.script("DROP TABLE public.log")
    coverage = Coverage(what="objects", examined=1, total=2, because="log needs an extension")
    bench.__dict__["rehearsal"] = Copy(database, (), coverage, 0)
    return bench


def test_a_change_of_what_the_copy_lacks_stays_open(bench_on_half_a_copy: Workbench) -> None:
    indexed = change("CREATE INDEX x ON public.log (at)", "DROP INDEX public.x")
    proof = prove(bench_on_half_a_copy, indexed)
    assert proof.verdict == "unproven"
    lacking = "the copy lacks something (log needs an extension): PostgreSQL refuses it: "
    assert proof.reason.startswith(f'{lacking}relation "public.log" does not exist')


def test_a_change_that_is_wrong_on_half_a_copy_too_is_refuted(bench_on_half_a_copy: Workbench) -> None:
    doubled = change("ALTER TABLE public.users ADD COLUMN email text", "ALTER TABLE public.users DROP COLUMN email")
    proof = prove(bench_on_half_a_copy, doubled)
    assert proof.verdict == "refuted"
    assert 'column "email" of relation "users" already exists' in proof.reason
