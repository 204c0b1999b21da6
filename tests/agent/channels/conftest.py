"""The command line as its users meet it: a real process, a real database, and what it said."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from dbengineer.tools.scratch.server import Server

PASSWORD, WRONG = "geheim-und-l4ng", "f4lsch-geraten"
COMMAND = [sys.executable, "-c", "from dbengineer.agent.channels.cli import main; main()"]

SHOP = f"""
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL);
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL REFERENCES users);
INSERT INTO users (email) SELECT 'user' || n || '@example.com' FROM generate_series(1, 500) n;
INSERT INTO orders (user_id) SELECT 1 + n % 500 FROM generate_series(1, 5000) n;
ANALYZE;
CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}';
GRANT pg_monitor, pg_read_all_data TO reader;
CREATE ROLE meek LOGIN PASSWORD '{PASSWORD}';
GRANT SELECT ON users TO meek;
"""


class Said(NamedTuple):
    """What a command answered, and its exit status."""

    status: int
    out: str
    err: str


class Shell:
    """Runs `dbengineer` as a process; nothing it says may ever hold a password or a traceback."""

    def __init__(self, temporary: Path) -> None:
        self.temporary = temporary

    def __call__(self, *words: object, **variables: str) -> Said:
        with self.begin(*words, **variables) as process:
            return self.end(process)

    def begin(self, *words: object, **variables: str) -> subprocess.Popen[str]:
        """Starts a command."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("DBENGINEER_", "PG"))}
        environment = kept | {"COLUMNS": "80", "TMPDIR": str(self.temporary)} | variables
        pipe = subprocess.PIPE
        return subprocess.Popen([*COMMAND, *map(str, words)], env=environment, text=True, stdout=pipe, stderr=pipe)

    def end(self, process: subprocess.Popen[str]) -> Said:
        """Waits for its end."""
        out, err = process.communicate(timeout=120)
        said = Said(process.returncode, out, err)
        assert not any(word in out + err for word in (PASSWORD, WRONG, "Traceback")), said
        return said

    def refuses(self, *words: object, **variables: str) -> str:
        """The message of a command that cannot do what it was asked: one or two lines, and nothing on stdout."""
        said = self(*words, **variables)
        assert (said.status, said.out) == (2, ""), said
        assert said.err.startswith("dbengineer: "), said
        assert said.err.count("\n") <= 2, said
        return said.err

    def left_behind(self) -> list[str]:
        """The temporary files and the processes of a scratch server that are still there."""
        files = [path.name for path in self.temporary.iterdir()]
        lines = [path.read_bytes().decode(errors="replace") for path in Path("/proc").glob("[0-9]*/cmdline")]
        return files + [line for line in lines if str(self.temporary) in line]


@contextmanager
def shell() -> Iterator[Shell]:
    """The command, with a temporary folder of its own that the scratch server's user can reach."""
    temporary = Path(tempfile.mkdtemp(prefix="cli-", dir="/tmp"))
    temporary.chmod(0o711)
    yield Shell(temporary)
    shutil.rmtree(temporary, ignore_errors=True)


@pytest.fixture
def dbengineer() -> Iterator[Shell]:
    """The command."""
    with shell() as command:
        yield command


class Cluster(NamedTuple):
    """A server that asks for a password, and the addresses of its databases."""

    server: Server

    def url(self, database: str = "shop", user: str = "reader", password: str = PASSWORD) -> str:
        """The address of a database."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.server.port}/{database}"

    def make(self, database: str, sql: str) -> str:
        """The address of a new database."""
        made = self.server.create(database)
        made.script(sql)
        made.close()
        return self.url(database)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A server with a shop in it."""
    with Server.start(listen_tcp=True) as server:
        cluster = Cluster(server)
        cluster.make("shop", SHOP)
        yield cluster


class Reviewed(NamedTuple):
    """What a review said, and the folder of its report."""

    said: Said
    folder: Path


@pytest.fixture(scope="session")
def review_of_the_shop(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Reviewed:
    """A review of the shop's indexes, monitoring and migrations, which lack things."""
    out = tmp_path_factory.mktemp("reports")
    asked = [word for name in ("indexes", "monitoring", "migrations") for word in ("--deliverable", name)]
    with shell() as command:
        said = command("review", cluster.url(), "--out", out, *asked)
    return Reviewed(said, next(out.iterdir()))


@pytest.fixture
def reviewed(review_of_the_shop: Reviewed, tmp_path: Path) -> Path:
    """The folder of a report, to be changed by a test."""
    return Path(shutil.copytree(review_of_the_shop.folder, tmp_path / "shop-report"))


@pytest.fixture
def url(cluster: Cluster) -> str:
    """The shop's address, for a role that can only read."""
    return cluster.url()
