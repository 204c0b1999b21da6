"""Changes of the schema are proven by making them, and refuted in the server's own words."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from dbengineer.tools.facts import Proof, Recommendation
from dbengineer.tools.proofs import prove
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Rows, Workbench

KEY = "ALTER TABLE public.log ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
NO_KEY = "ALTER TABLE public.log DROP COLUMN id"
KEYLESS = "table_without_primary_key:public.log"


def change(sql: str, undo: str, *solves: str) -> Recommendation:
    return Recommendation(
        id="ddl-1", deliverable="schema", kind="ddl", title="t", why="w", sql=sql, undo=undo, solves=solves
    )


@pytest.fixture
def proven(make_bench: Callable[[Rows], Workbench]) -> Callable[..., Proof]:
    """Proves a change, with or without leave to copy rows."""

    def run(sql: str, undo: str, *solves: str, rows: Rows = "none") -> Proof:
        recommendation = change(sql, undo, *solves)
        bench = make_bench(rows)
        proof = prove(bench, recommendation)
        assert all(e in bench.ledger for e in proof.evidence)
        assert proof.evidence
        return proof

    return run


def test_a_fix_that_silences_its_check_and_can_be_taken_back_is_proven(proven: Callable[..., Proof]) -> None:
    proof = proven(KEY, NO_KEY, KEYLESS)
    assert proof.verdict == "proven"
    assert f"silences {KEYLESS}" in proof.reason
    assert "drops what was written into public.log.id" in proof.reason


def test_a_fix_that_does_not_help_is_refuted(proven: Callable[..., Proof]) -> None:
    proof = proven("CREATE INDEX x ON public.log (at)", "DROP INDEX public.x", KEYLESS)
    assert (proof.verdict, "still fire" in proof.reason) == ("refuted", True)


def test_a_fix_that_the_server_refuses_is_refuted_in_its_words(proven: Callable[..., Proof]) -> None:
    proof = proven("ALTER TABLE public.log ADD PRIMARY KEY (nothing)", "SELECT 1", KEYLESS)
    assert proof.verdict == "refuted"
    assert 'column "nothing" of relation "log" does not exist' in proof.reason


def test_a_way_back_that_does_not_lead_back_is_refuted(proven: Callable[..., Proof]) -> None:
    proof = proven(KEY, "ALTER TABLE public.log DROP CONSTRAINT log_pkey", KEYLESS)
    assert (proof.verdict, "does not restore the schema" in proof.reason) == ("refuted", True)
    assert proven(KEY, "", KEYLESS).verdict == "unproven"


def test_a_check_that_cannot_fire_on_a_copy_leaves_only_reversibility(proven: Callable[..., Proof]) -> None:
    proof = proven("CREATE INDEX x ON public.users (email)", "DROP INDEX public.x", "missing_index:public.users")
    assert (proof.verdict, "only its reversibility is proven" in proof.reason) == ("proven", True)


NOT_NULL = (
    "ALTER TABLE public.users ALTER COLUMN email SET NOT NULL",
    "ALTER TABLE public.users ALTER email DROP NOT NULL",
)
UNIQUE = ("CREATE UNIQUE INDEX CONCURRENTLY one ON public.users (email)", "DROP INDEX public.one")
SMALL = (
    "ALTER TABLE public.users ADD CONSTRAINT small CHECK (id < 5000) NOT VALID; "
    "ALTER TABLE public.users VALIDATE CONSTRAINT small",
    "ALTER TABLE public.users DROP CONSTRAINT small",
)
LARGE = tuple(part.replace("< 5000", "> 5000") for part in SMALL)


@pytest.mark.parametrize(
    ("change", "verdict"), [(NOT_NULL, "refuted"), (UNIQUE, "refuted"), (SMALL, "proven"), (LARGE, "refuted")]
)
@pytest.mark.parametrize("rows", ["none", "copy"])
def test_rows_that_are_in_the_way_refute_a_change(
    proven: Callable[..., Proof], change: tuple[str, str], verdict: str, rows: Rows
) -> None:
    proof = proven(*change, rows=rows)
    assert proof.verdict == verdict, proof.reason
    if verdict == "refuted":
        assert ("with the rows that are there" in proof.reason) == (rows == "copy")
        assert ("rows are in the way" in proof.reason) == (rows == "none")


@pytest.mark.parametrize("rows", ["none", "copy"])
def test_rows_that_row_security_hides_leave_a_change_open(
    make_bench: Callable[[Rows], Workbench], server: Server, rows: Rows
) -> None:
    bench = make_bench(rows)
    address = server.conninfo(bench.target.database)
    with psycopg.connect(address, autocommit=True) as admin, closing(bench.target):
        admin.execute("CREATE ROLE half_blind LOGIN; ALTER TABLE public.users ENABLE ROW LEVEL SECURITY")
        admin.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO half_blind")
        bench.target = Target.open(make_conninfo(address, user="half_blind"))
        of_users = prove(bench, change(*NOT_NULL))
        of_others = prove(bench, change(KEY, NO_KEY))
        bench.target.close()
        admin.execute("DROP OWNED BY half_blind; DROP ROLE half_blind")
    assert (of_users.verdict, of_others.verdict) == ("unproven", "proven")
    assert of_users.reason == (
        "row security hides rows of public.users from the role, so nobody could look for NULL in public.users.email"
    )


def test_what_only_rows_can_tell_stays_open_without_them(proven: Callable[..., Proof]) -> None:
    sql = "ALTER TABLE public.users ADD CONSTRAINT x EXCLUDE (email WITH =)"
    undo = "ALTER TABLE public.users DROP CONSTRAINT x"
    assert (proven(sql, undo).verdict, proven(sql, undo, rows="copy").verdict) == ("unproven", "refuted")


def test_rows_that_a_change_fills_first_cannot_be_counted_before(proven: Callable[..., Proof]) -> None:
    filled = f"UPDATE public.users SET email = 'unknown' WHERE email IS NULL; {NOT_NULL[0]}"
    proof = proven(filled, NOT_NULL[1])
    assert (proof.verdict, proof.reason) == (
        "unproven",
        "needs rows, to see whether there are NULL in public.users.email",
    )


def test_rows_that_the_target_refuses_to_count_leave_a_change_open(proven: Callable[..., Proof]) -> None:
    converted = "ALTER TABLE public.users ALTER COLUMN id TYPE int USING 1 / (id - 1)"
    proof = proven(converted, "ALTER TABLE public.users ALTER COLUMN id TYPE int")
    refused = "needs rows: the target refused to count values of public.users.id that do not fit the new type"
    assert (proof.verdict, proof.reason) == ("unproven", f"{refused} (division by zero)")
