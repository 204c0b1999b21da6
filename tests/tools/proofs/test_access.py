"""Changes of roles and privileges are proven by making them, and leave no trace on the scratch server."""

from __future__ import annotations

from collections.abc import Callable

from dbengineer.tools.facts import Recommendation
from dbengineer.tools.proofs import prove
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.workbench import Rows, Workbench


def access(sql: str, undo: str) -> Recommendation:
    """A change of access."""
    return Recommendation(id="access-1", deliverable="security", kind="access", title="t", why="w", sql=sql, undo=undo)


def test_a_grant_that_can_be_taken_back_is_proven(make_bench: Callable[[Rows], Workbench]) -> None:
    proof = prove(
        make_bench("none"),
        access(
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT SELECT ON public.log TO pg_monitor",
            "REVOKE SELECT ON public.log FROM pg_monitor",
        ),
    )
    assert proof.verdict == "proven", proof.reason


def test_a_role_is_as_before_after_the_trial(make_bench: Callable[[Rows], Workbench], server: Server) -> None:
    admin = server.database()
    admin.script("CREATE ROLE boss SUPERUSER")
    proof = prove(make_bench("none"), access("ALTER ROLE boss NOSUPERUSER", "ALTER ROLE boss SUPERUSER"))
    rows = admin.query("SELECT rolsuper FROM pg_roles WHERE rolname = 'boss'")
    admin.script("DROP ROLE boss")
    admin.close()
    assert (proof.verdict, rows) == ("proven", [{"rolsuper": True}])


def test_a_role_that_is_not_there_refutes(make_bench: Callable[[Rows], Workbench]) -> None:
    proof = prove(make_bench("none"), access("GRANT pg_monitor TO nobody_at_all", "SELECT 1"))
    assert (proof.verdict, "nobody_at_all" in proof.reason) == ("refuted", True)
