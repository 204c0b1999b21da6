"""The demo: a database of a benchmark folder, really loaded and really used, in a server of our own."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from dbengineer.evals import places
from dbengineer.evals.places import SCHEMAS
from dbengineer.tools.facts import Fact
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.folders import Lock
from dbengineer.tools.scratch.server import Server

AFTER_ROWS, BESIDE, TOGETHER = "-- after the rows\n", "-- beside\n", "-- together\n"
STEP = re.compile(r"^-- step: (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^(?=-- (?:name|step): )", re.MULTILINE)
NAME = re.compile(r"-- name: (\w+)  calls: (\d+)\n(?:-- with: (.+)\n)?")
PLACEHOLDER = re.compile(r"\$(\d+)")
Progress = Callable[[str], None]

# While rows are loaded; what is faster and loses rows in a crash is how a scratch server is set anyway.
LOADING = {
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "maintenance_work_mem": "256MB",
    "work_mem": "64MB",
    "shared_buffers": "512MB",
    "timezone": "UTC",
}


class Statement(Fact):
    """A statement of a workload; `given` is a list of SQL expressions over the number `n` of the call."""

    name: str
    calls: int
    given: str = ""
    sql: str


class Step(Fact):
    """Something the administrator runs; a step that `fails` has to, as it did in production."""

    title: str
    fails: bool = False
    sql: str


class Demo:
    """A benchmark database in a running server; a context manager.

    In `home` it is kept, and used again as long as its files, scale and server program stay the same; without
    `home` it is thrown away at the end. `scale` multiplies the number of rows.
    """

    def __init__(
        self,
        name: str = "todo",
        *,
        home: Path | None = None,
        pg_bin: Path | None = None,
        scale: float = 1.0,
        progress: Progress = lambda said: None,
    ) -> None:
        self.folder = SCHEMAS / name
        if name not in places.names():
            raise ValueError(f"there is no demo named {name}: use one of {', '.join(places.names())}")
        self.database = places.database(name)
        self.scale = scale
        self.progress = progress
        self.pg_bin = pg_bin
        self._kept = home is not None
        self.home = (
            home / f"{name}-{key(self.folder, scale, pg_bin)}" if home else Path(tempfile.mkdtemp(prefix="dbe-demo-"))
        )
        self._lock: Lock | None = None
        self._password = secrets.token_urlsafe(24)
        self._server: Server | None = None

    @property
    def server(self) -> Server:
        """The running server; RuntimeError outside of the with block."""
        if self._server is None:
            raise RuntimeError("the demo is not running: use it as a context manager, with Demo() as demo")
        return self._server

    @property
    def url(self) -> str:
        """The libpq connection string of the role that reviews; it holds a password made for this start."""
        return make_conninfo(self.server.conninfo(self.database), user="dbengineer_ro", password=self._password)

    def administrator(self) -> Database:
        """A connection as superuser, whose statements pg_stat_statements does not count."""
        conninfo = make_conninfo(self.server.conninfo(self.database), options="-c pg_stat_statements.track=none")
        return Database(self.database, conninfo)

    def __enter__(self) -> Demo:
        try:
            self._claim()
            if not (self.home / "loaded").exists():
                self._build()
            else:
                self.progress("starting the demo that is there")
                self._start(self._settings())
            self._let_in()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._stop()
        if self._lock:
            self._lock.release()
        if not self._kept:
            shutil.rmtree(self.home, ignore_errors=True)

    def _claim(self) -> None:
        """Keeps other processes away from a home, and lets the user of the server into a temporary one."""
        if not self._kept:
            self.home.chmod(0o711)
            return
        self.home.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Lock(self.home.parent / f"{self.folder.name}.lock")
        if not self._lock.take():
            raise RuntimeError(
                f"the demo {self.folder.name} in {self.home.parent} is in use: end the other run, or name another home"
            )

    def _start(self, settings: dict[str, str]) -> None:
        self._server = Server.start(pg_bin=self.pg_bin, settings=settings, home=self.home)

    def _stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    def _settings(self) -> dict[str, str]:
        settings = self._configured()
        settings.pop("data_checksums", None)
        return settings

    def _configured(self) -> dict[str, str]:
        """The settings of the server.conf; `include = 'healthy'` stands for those of a server in order."""
        own = read_settings(self.text("server.conf"), self.home)
        common = SCHEMAS / own.pop("include", "") / "server.conf"
        base = read_settings(common.read_text(encoding="utf-8"), self.home) if common.is_file() else {}
        return base | own

    def _build(self) -> None:
        if self._kept:
            for stale in self.home.parent.glob(self.folder.name + "-" + "[0-9a-f]" * 12):
                shutil.rmtree(stale)
        self._start(LOADING)
        self._load()
        self._stop_and_arrange()
        self._start(self._settings())
        self._use()
        (self.home / "loaded").touch()

    def _load(self) -> None:
        with closing(self.server.database()) as admin:
            admin.script(self.text("roles.sql"))
        before, after = self.text("schema.sql").split(AFTER_ROWS)
        with closing(self.server.create(self.database)) as database:
            self._run(database, before)
            self._fill(database, self.text("seed.sql"))
            self._run(database, after)
            database.script("VACUUM")

    def _run(self, database: Database, text: str) -> None:
        for step in read_steps(text):
            self._take(database, step)

    def _fill(self, database: Database, text: str) -> None:
        """Runs what stands between `-- beside` and `-- together` in a second session, after step one again."""
        text, _, end = text.partition(TOGETHER)
        main, _, beside = text.partition(BESIDE)
        common = main[: [step.start() for step in STEP.finditer(main)][1]] if beside else ""
        with ThreadPoolExecutor(1) as pool, closing(self.server.database(self.database)) as other:
            done = pool.submit(self._run, other, common + beside)
            self._run(database, main)
            done.result()
        self._run(database, end)

    def _take(self, database: Database, step: Step) -> None:
        self.progress(step.title)
        try:
            database.script(step.sql)
        except psycopg.Error:
            if not step.fails:
                raise
        else:
            if step.fails:
                raise RuntimeError(f"the step '{step.title}' should have failed and did not")

    def _stop_and_arrange(self) -> None:
        """What can only be arranged while the server is down: checksums, and who may come in how."""
        wanted = self._configured().get("data_checksums", "on")
        with closing(self.server.database()) as admin:
            is_on = admin.query("SHOW data_checksums")[0]["data_checksums"]
        data, account, checksums = self.server.data, self.server.account, self.server.binaries.program("pg_checksums")
        self._stop()
        if is_on != wanted:
            switch = "--enable" if wanted == "on" else "--disable"
            subprocess.run([checksums, switch, "-D", data], check=True, capture_output=True, cwd="/", **account.popen)
        if places.find(self.folder.name, "pg_hba.conf"):
            (data / "pg_hba.conf").write_text(self.text("pg_hba.conf"))
            (data / "pg_ident.conf").write_text(f"here {pwd.getpwuid(os.geteuid()).pw_name} postgres\n")
        (self.home / "archive").mkdir(mode=0o700)
        account.own(self.home / "archive")

    def _use(self) -> None:
        """Lets the application run, with counters that start when the rows are there."""
        as_app = make_conninfo(
            self.server.conninfo(self.database), options=f"-c role={self.database}_app -c synchronous_commit=off"
        )
        blocks = read_workload(self.text("workload.sql"))
        start = next(n for n, block in enumerate(blocks) if isinstance(block, Statement))
        with closing(self.administrator()) as admin, closing(Database(self.database, as_app)) as app:
            for number, block in enumerate(blocks):
                if number == start:
                    reset(admin)
                if isinstance(block, Step):
                    self._take(admin, block)
                else:
                    self.progress(f"{block.name}, {block.calls} times")
                    run(block, admin, app)

    def _let_in(self) -> None:
        secret, role = self._password.encode(), b"dbengineer_ro"
        with closing(self.administrator()) as admin:
            # Hashed here, so that the log of the server never sees it.
            hashed = admin.connection.pgconn.encrypt_password(secret, role, b"scram-sha-256").decode()
            admin.script(f"ALTER ROLE dbengineer_ro PASSWORD '{hashed}'")

    def text(self, file: str) -> str:
        """A file of the benchmark, with its fields filled in; raises FileNotFoundError."""
        path = places.find(self.folder.name, file)
        if path is None:
            raise FileNotFoundError(f"the benchmark {self.folder.name} has no {file}")
        text = path.read_text(encoding="utf-8").replace("{database}", self.database)
        return re.sub(r"(?<!:):scale\b", repr(self.scale), text)


@contextmanager
def demo(
    name: str = "todo",
    *,
    home: Path | None = None,
    pg_bin: Path | None = None,
    scale: float = 1.0,
    progress: Progress = lambda said: None,
) -> Iterator[Demo]:
    """The same as `Demo`, as a function."""
    with Demo(name, home=home, pg_bin=pg_bin, scale=scale, progress=progress) as running:
        yield running


def key(folder: Path, scale: float, pg_bin: Path | None) -> str:
    """A hash of what a loaded demo depends on: its files, this loader, the scale and the server's program."""
    digest = hashlib.sha256(f"{scale} {pg_bin or ''}".encode())
    shared = sorted((SCHEMAS / places.HEALTHY).iterdir()) + sorted(places.sick(folder).glob("seed.sql"))
    for path in [*sorted(folder.iterdir()), *shared, Path(__file__)]:
        if path.name not in ("truth.yaml", "expert.yaml"):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def read_settings(text: str, home: Path) -> dict[str, str]:
    """The settings of a server.conf; `{archive}` stands for the folder of the archived log."""
    found = re.findall(r"^([\w.]+) *= *'?(.*?)'? *$", text, re.MULTILINE)
    return {name: value.replace("{archive}", str(home / "archive")) for name, value in found}


def read_steps(text: str) -> list[Step]:
    """The steps of a file; what stands before the first `-- step:` line is one as well."""
    parts = STEP.split(text)
    titled = zip(["the beginning", *parts[1::2]], parts[::2], strict=True)
    return [step(title, sql) for title, sql in titled if re.sub(r"^--.*$", "", sql, flags=re.MULTILINE).strip()]


def step(title: str, sql: str) -> Step:
    """A step, of its title line and its SQL."""
    return Step(title=title.removesuffix("(fails)").strip(), fails=title.endswith("(fails)"), sql=sql.strip())


def read_workload(text: str) -> list[Statement | Step]:
    """The blocks of a workload.sql, in order; ValueError for a head that cannot be read."""
    blocks: list[Statement | Step] = []
    for block in BLOCK.split(text)[1:]:
        if match := NAME.match(block):
            sql = block[match.end() :].strip().rstrip(";")
            blocks.append(Statement(name=match[1], calls=int(match[2]), given=match[3] or "", sql=sql))
        elif match := STEP.match(block):
            blocks.append(step(match[1], block[match.end() :]))
        else:
            raise ValueError(f"a statement begins with '-- name: inbox  calls: 40', not with {block.splitlines()[0]!r}")
    return blocks


def reset(admin: Database) -> None:
    """Lets all counters begin now, with statistics of the planner that are fresh."""
    if admin.version >= 150000:
        admin.script("SELECT pg_stat_force_next_flush()")
    admin.script("SELECT pg_stat_reset()")
    admin.script("ANALYZE")
    admin.script("SELECT pg_stat_statements_reset()")


def run(statement: Statement, admin: Database, app: Database) -> None:
    """Sends a statement as often as it is called, each time with the parameters of that call."""
    calls = range(1, statement.calls + 1)
    rows: list[list[Any]] = [[] for _ in calls]
    if statement.given:
        listed = f"SELECT json_build_array({statement.given}) AS given FROM generate_series(1, {statement.calls}) n"
        rows = [row["given"] for row in admin.query(listed)]
    order = [int(number) - 1 for number in PLACEHOLDER.findall(statement.sql)]
    sql = PLACEHOLDER.sub("%s", statement.sql.replace("%", "%%")) if order else statement.sql
    for row in rows:
        # As text, so that the server infers the types and every call counts as the same statement.
        app.connection.execute(sql, [str(row[place]) for place in order] or None)
