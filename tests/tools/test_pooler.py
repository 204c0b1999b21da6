"""Through a pooler in transaction mode, where each transaction gets another session, nothing breaks or stays."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.dump import dump
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Limits, ReadFailed, Target, TimedOut

LONG = "SELECT count(*) FROM generate_series(1, 10000000000)"
KEPT = (
    "search_path",
    "default_transaction_read_only",
    "transaction_read_only",
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "client_connection_check_interval",
    "client_min_messages",
    "plan_cache_mode",
    "datestyle",
    "row_security",
)


@pytest.fixture(params=["database", "old_database"])
def shop(request: pytest.FixtureRequest) -> Database:
    """A shop on the newest PostgreSQL and on an old one."""
    database: Database = request.getfixturevalue(request.param)
    database.script(
        "CREATE SCHEMA shop; CREATE TABLE shop.orders (id int PRIMARY KEY, note text);"
        "INSERT INTO shop.orders SELECT i, 'note ' || i FROM generate_series(1, 3000) i;"
        "CREATE VIEW shop.open AS SELECT id FROM shop.orders; ANALYZE shop.orders"
    )
    return database


@pytest.fixture
def pooled(shop: Database, pool: Callable[[str], int]) -> str:
    """The address of the shop behind a pooler with two sessions."""
    return f"postgresql://postgres@127.0.0.1:{pool(shop.conninfo)}/{shop.name}"


@pytest.fixture
def targets(pooled: str) -> Iterator[list[Target]]:
    """Four targets that share the two sessions."""
    targets = [Target.open(pooled, trust_role=True, limits=Limits(statement_ms=5000)) for _ in range(4)]
    yield targets
    for target in targets:
        target.close()


def states(pooled: str, show: tuple[str, ...] = KEPT) -> set[tuple[object, ...]]:
    """What other clients of the pooler find in the sessions that they get, both at once."""
    shown = ", ".join(f"current_setting('{name}', true)" for name in show)
    left = "(SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_cursors)"
    locks = "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')"
    seen = set()
    others = [psycopg.connect(pooled, prepare_threshold=None) for _ in range(2)]
    for other in others:
        seen.add(other.execute(f"SELECT {shown}, {left}, {locks}").fetchall()[0])
    for other in others:
        other.rollback()
        other.close()
    return seen


def test_clients_that_share_sessions_do_not_meet(targets: list[Target]) -> None:
    def work(target: Target) -> None:
        for _ in range(5):
            assert target.query("SELECT %s::int AS a", (1,)) == [{"a": 1}]
            assert target.read("SELECT count(*) FROM shop.orders").rows == ((3000,),)
            assert "$1" in str(target.explain("SELECT * FROM shop.orders WHERE id = $1"))
            with pytest.raises(ReadFailed):
                target.explain("SELECT * FROM shop.missing WHERE id = $1")
            with pytest.raises(ReadFailed, match="22P02"):
                target.read("SELECT note::int FROM shop.orders")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, targets))


def test_nothing_of_a_session_stays_for_the_next_client(pooled: str, targets: list[Target]) -> None:
    before = states(pooled)
    for target in targets:
        target.read("SELECT * FROM shop.orders")
        target.explain("SELECT * FROM shop.orders WHERE id = $1")
        with pytest.raises(ReadFailed):
            target.read("SELECT 1 / 0")
        # Past the guard: what no ROLLBACK undoes.
        target._reading(lambda t=target: t._stream("SELECT pg_advisory_lock(42)", ()))  # type: ignore[misc]
    assert states(pooled) == before
    with psycopg.connect(pooled, prepare_threshold=None) as other:
        assert other.execute("CREATE TABLE shop.mine (id int)").statusmessage == "CREATE TABLE"


def test_a_limit_holds_behind_a_pooler(pooled: str) -> None:
    target = Target.open(pooled, trust_role=True, limits=Limits(statement_ms=200))
    with pytest.raises(TimedOut):
        target.read(LONG)
    assert target.read("SELECT 1").rows == ((1,),)
    target.close()


def test_a_pooler_is_told_from_a_server(targets: list[Target], shop: Database) -> None:
    direct = Target.open(shop.conninfo, trust_role=True)
    assert not direct.pooled
    assert all(target.pooled for target in targets)
    direct.close()


def test_a_dump_through_a_pooler_is_the_dump_and_leaves_nothing(
    pooled: str, targets: list[Target], shop: Database, server: Server, tmp_path: Path
) -> None:
    direct = Target.open(shop.conninfo, trust_role=True)
    before = states(pooled)
    for what in ("schema", "statistics"):
        through, past = (_plain(dump(each, server, what=what).text) for each in (targets[0], direct))  # type: ignore[arg-type]
        assert through == past
    assert dump(targets[0], server, what="all", into=tmp_path / "rows").file is not None
    assert (tmp_path / "rows").stat().st_size > 3000
    direct.close()
    assert states(pooled) == before


def _plain(dumped: str) -> list[str]:
    """A dump without the key that is another one each time."""
    return [line for line in dumped.splitlines() if "restrict" not in line]


# A client that is killed

KILLED = """
import sys
from dbengineer.tools.target import Target
Target.open(sys.argv[1], trust_role=True).read(sys.argv[2])
"""


def running(database: Database) -> bool:
    """Whether the long statement runs on the server."""
    sql = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid() AND state = 'active'"
    return bool(database.query(sql + " AND query ~ '^(FETCH|SELECT count)'", (database.name,)))


def wait(until: Callable[[], bool], seconds: float) -> float:
    """How many seconds it took."""
    began = time.monotonic()
    while not until():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.05)
    return time.monotonic() - began


@pytest.mark.parametrize("way", ["direct", "pooled"])
def test_the_statement_of_a_killed_client_ends_on_the_server(
    way: str, shop: Database, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("pooled") if way == "pooled" else shop.conninfo
    client = subprocess.Popen([sys.executable, "-c", KILLED, url, LONG])
    wait(lambda: running(shop), 20)
    client.kill()
    client.wait()
    assert wait(lambda: not running(shop), 6) < 3


def test_the_server_looks_each_second_whether_its_client_is_there(shop: Database) -> None:
    target = Target.open(shop.conninfo, trust_role=True)
    assert target.query("SELECT current_setting('client_connection_check_interval') AS every") == [{"every": "1s"}]
    target.close()
