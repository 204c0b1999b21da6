"""Settings are proven by a server of our own that takes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dbengineer.tools.facts import Recommendation
from dbengineer.tools.proofs import prove, setting
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Workbench

CASES = [
    ("ALTER SYSTEM SET log_lock_waits = 'on'", "ALTER SYSTEM RESET log_lock_waits", "proven", "loads it"),
    ("ALTER SYSTEM SET max_connections = 57", "ALTER SYSTEM RESET max_connections", "proven", "needs a restart"),
    ("ALTER SYSTEM SET random_page_cost = 'cheap'", "ALTER SYSTEM RESET random_page_cost", "refuted", "invalid value"),
    ("ALTER SYSTEM SET work_mem = '1kB'", "ALTER SYSTEM RESET work_mem", "refuted", "outside the valid range"),
    ("ALTER SYSTEM SET does_not_exist = 1", "ALTER SYSTEM RESET does_not_exist", "refuted", "has no setting"),
    ("ALTER SYSTEM SET work_mem = '8MB'", "ALTER SYSTEM RESET hash_mem_multiplier", "refuted", "way back"),
    ("ALTER SYSTEM SET work_mem = '8MB'", "", "unproven", "way back"),
    ("ALTER DATABASE shop SET work_mem = '8MB'", "ALTER DATABASE shop RESET work_mem", "proven", "loads it"),
    (
        "ALTER SYSTEM SET shared_preload_libraries = 'not_there'",
        "ALTER SYSTEM RESET shared_preload_libraries",
        "unproven",
        "does not start",
    ),
    (
        "ALTER SYSTEM SET log_parser_stats = on; ALTER SYSTEM SET log_statement_stats = on",
        "ALTER SYSTEM RESET log_parser_stats; ALTER SYSTEM RESET log_statement_stats",
        "refuted",
        "could not be applied",
    ),
    (
        "ALTER SYSTEM SET idle_session_timeout = '1ms'",
        "ALTER SYSTEM RESET idle_session_timeout",
        "unproven",
        "the session that tries it",
    ),
    ("ALTER SYSTEM SET log_lock_waits = 'on'", "ALTER SYSTEM RESET log_lock_waits", "proven", "loads it"),
    ("SELECT 1", "SELECT 1", "unproven", "no ALTER"),
]


@pytest.fixture(scope="module")
def bench(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """A workbench with one sandbox for all trials, as in a run."""
    target = Target.open(server.conninfo("postgres"), trust_role=True)
    bench = Workbench(target, tmp_path_factory.mktemp("settings"))
    yield bench
    bench.sandbox.stop()
    target.close()


def recommended(sql: str, undo: str, *solves: str) -> Recommendation:
    """A recommended setting."""
    return Recommendation(
        id="setting-1", deliverable="monitoring", kind="setting", title="t", why="w", sql=sql, undo=undo, solves=solves
    )


@pytest.mark.parametrize(("sql", "undo", "verdict", "words"), CASES)
def test_a_server_of_our_own_takes_a_setting_or_refuses_it(
    bench: Workbench, sql: str, undo: str, verdict: str, words: str
) -> None:
    proof = prove(bench, recommended(sql, undo))
    assert proof.verdict == verdict, proof.reason
    assert words in proof.reason


@pytest.mark.parametrize(
    ("value", "verdict", "words"),
    [("on", "proven", "silences lock_wait_logging_off:log_lock_waits"), ("off", "refuted", "still fire")],
)
def test_a_setting_has_to_silence_its_check(bench: Workbench, value: str, verdict: str, words: str) -> None:
    logged = f"ALTER SYSTEM SET log_lock_waits = '{value}'"
    unlogged = "ALTER SYSTEM RESET log_lock_waits"
    proof = prove(bench, recommended(logged, unlogged, "lock_wait_logging_off:log_lock_waits"))
    assert (proof.verdict, words in proof.reason) == (verdict, True), proof.reason


@pytest.fixture
def bench_on_an_old_server(bench: Workbench, old_server: Server, tmp_path: Path) -> Iterator[Workbench]:
    """A workbench whose own server is older than its target."""
    older = Workbench(bench.target, tmp_path, pg_bin=old_server.bin_dir)
    yield older
    older.sandbox.stop()


def test_a_setting_that_only_a_newer_server_knows_stays_open(bench_on_an_old_server: Workbench) -> None:
    summarized = recommended("ALTER SYSTEM SET summarize_wal = on", "ALTER SYSTEM RESET summarize_wal")
    proof = prove(bench_on_an_old_server, summarized)
    assert proof.verdict == "unproven"
    assert "of another version or lacks an extension: unrecognized configuration parameter" in proof.reason


def test_a_session_that_ends_in_a_trial_is_not_asked_again(bench: Workbench) -> None:
    with pytest.raises(psycopg.errors.AdminShutdown), setting._sandbox(bench) as database:
        database.query("SELECT pg_terminate_backend(pg_backend_pid())")
    proof = prove(bench, recommended("ALTER SYSTEM SET work_mem = '8MB'", "ALTER SYSTEM RESET work_mem"))
    assert (proof.verdict, "the server accepts and loads it" in proof.reason) == ("proven", True), proof.reason
