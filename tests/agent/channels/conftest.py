"""The command line as its users meet it: a real process, a real database, and what it said."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from dbengineer.tools.scratch.server import Server

PASSWORD, WRONG = "geheim-und-l4ng", "f4lsch-geraten"
SEVERAL = """
import contextlib, io, json, os, sys
from dbengineer.agent.channels.cli import main

for words, variables in json.load(sys.stdin):
    sys.argv, before = ["dbengineer", *words], dict(os.environ)
    os.environ.update(variables)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as ended:
            status = ended.code or 0
    print(json.dumps([status, out.getvalue(), err.getvalue()]))
    os.environ.clear()
    os.environ.update(before)
"""
COMMAND = [sys.executable, "-m", "dbengineer"]

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


def _checked(said: Said) -> Said:
    assert not any(word in said.out + said.err for word in (PASSWORD, WRONG, "Traceback")), said
    return said


def refusal(said: Said) -> str:
    """The message of a refusal: one or two lines on stderr, a status that says so, and nothing on stdout."""
    assert (said.status, said.out) == (2, ""), said
    assert said.err.startswith("dbengineer: "), said
    assert said.err.count("\n") <= 2, said
    return said.err


class Shell:
    """Runs `dbengineer` as a process; nothing it says may ever hold a password or a traceback."""

    def __init__(self, temporary: Path) -> None:
        self.temporary = temporary

    def __call__(self, *words: object, **variables: str) -> Said:
        with self.begin(*words, **variables) as process:
            return self.end(process)

    def begin(self, *words: object, **variables: str) -> subprocess.Popen[str]:
        """Starts a command."""
        pipe = subprocess.PIPE
        environment = self._environment() | variables
        return subprocess.Popen([*COMMAND, *map(str, words)], env=environment, text=True, stdout=pipe, stderr=pipe)

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("DBENGINEER_", "PG"))}
        log = str(self.temporary.with_suffix(".audit"))
        return kept | {"COLUMNS": "80", "TMPDIR": str(self.temporary), "DBENGINEER_AUDIT": log}

    def end(self, process: subprocess.Popen[str]) -> Said:
        """Waits for its end."""
        out, err = process.communicate(timeout=120)
        return _checked(Said(process.returncode, out, err))

    def several(self, *commands: Sequence[object], **variables: str) -> list[Said]:
        """Runs several commands in one process, since starting one takes longer than what most of them do."""
        return self.varied(*((words, variables) for words in commands))

    def varied(self, *commands: tuple[Sequence[object], dict[str, str]]) -> list[Said]:
        """The same, each in an environment of its own."""
        given = json.dumps([[list(map(str, words)), variables] for words, variables in commands])
        python = [sys.executable, "-c", SEVERAL]
        environment = self._environment()
        ran = subprocess.run(python, env=environment, input=given, text=True, capture_output=True, check=True)
        return [_checked(Said(*json.loads(line))) for line in ran.stdout.splitlines()]

    def refuses(self, *words: object, **variables: str) -> str:
        """The message of a command that cannot do what it was asked."""
        return refusal(self(*words, **variables))

    def refuses_each(self, *commands: tuple[Sequence[object], str], **variables: str) -> None:
        """Each command is refused with the words that it is given with."""
        every = self.several(*(words for words, _ in commands), **variables)
        for (words, told), said in zip(commands, every, strict=True):
            assert told in refusal(said), (words, said)

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
    temporary.with_suffix(".audit").unlink(missing_ok=True)


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
