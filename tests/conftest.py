"""Real parts for the tests: one scratch server a session, one empty database a test."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server

_numbers = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A scratch server that all tests share; make databases in it, never change its settings.

    DBENGINEER_TEST_PG_BIN names the programs of another PostgreSQL to test with.
    """
    other = os.environ.get("DBENGINEER_TEST_PG_BIN")
    with Server.start(pg_bin=Path(other) if other else None) as server:
        yield server


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """An empty database of the shared server; roles that a test names role_… are dropped with it."""
    name = f"test{next(_numbers)}"
    database = server.create(name)
    yield database
    database.close()
    server.drop(name)
    drop_roles(server)


def drop_roles(server: Server) -> None:
    """Drops the roles that a test has made, since roles belong to the whole server."""
    admin = server.database()
    roles = admin.query(
        "SELECT string_agg(quote_ident(rolname), ', ') AS names FROM pg_roles WHERE rolname LIKE 'role\\_%'"
    )
    if roles[0]["names"]:
        admin.script(f"DROP ROLE {roles[0]['names']}")
    admin.close()


def pytest_configure() -> None:
    """Ctrl-C works in tests also where the shell that started them in the background has it ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


Pool = Callable[[str], int]
"""Puts PgBouncer in transaction mode, with two sessions, before the server of an address; gives its port."""


@pytest.fixture
def pool() -> Iterator[Pool]:
    """PgBouncer, which lets everybody in with the user and password of the server's address."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if not program:
        pytest.skip("pgbouncer is not installed here")
    with ExitStack() as stack:
        yield lambda conninfo: stack.enter_context(_pooling(program, conninfo))


@contextmanager
def _pooling(program: str, conninfo: str) -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the pooler reads it as another user
        config = Path(folder) / "pgbouncer.ini"
        config.write_text(
            f"[databases]\n{conninfo_to_dict(conninfo)['dbname']} = {conninfo}\n[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
            "pool_mode = transaction\ndefault_pool_size = 2\n"
        )
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        process = subprocess.Popen([program, *user, config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _knock(port)
            yield port
        finally:
            process.terminate()
            process.wait(10)


def _knock(port: int) -> None:
    for _ in range(100):
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the pooler did not start")
