"""The scratch server: start it, make databases in it, stop it and leave nothing behind."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from dbengineer.tools.scratch import account as accounts
from dbengineer.tools.scratch import binaries as programs
from dbengineer.tools.scratch import folders, template
from dbengineer.tools.scratch.account import Account
from dbengineer.tools.scratch.binaries import Binaries
from dbengineer.tools.scratch.database import Database, quoted
from dbengineer.tools.scratch.errors import ScratchError
from dbengineer.tools.scratch.folders import Lock, RunFolder
from dbengineer.tools.scratch.watchdog import Watchdog

START_SECONDS = 60
SOCKET_PORT = 5432
# What a session hears when its server goes: nothing, or that it is ended (admin_shutdown, crash_shutdown).
LOST = (None, "57P01", "57P02")
# What a session hears of a disk that is full when the server itself writes.
CHECKPOINT = ("checkpoint request failed",)
WRONG = ("FATAL", "PANIC", "could not", "unrecognized", "invalid value")


class Server:
    """A PostgreSQL server of our own on a private socket; a context manager.

    `home` is its temporary folder (socket, log), `data` its data folder, `bin_dir` the folder of its programs.
    """

    def __init__(self, run: RunFolder, data: Path, binaries: Binaries, account: Account) -> None:
        self.home = run.path
        self.data = data
        self.binaries = binaries
        self.bin_dir = binaries.folder
        self.account = account
        self.log = run.path / "log"
        self.port = SOCKET_PORT
        self._socket = run.socket
        self._password = ""
        self._lock: Lock | None = None
        self.process: subprocess.Popen[bytes]
        self._leftovers: tuple[Watchdog, RunFolder, Lock | None]
        self._finish: weakref.finalize[..., Server]

    @classmethod
    def start(
        cls,
        *,
        pg_bin: Path | None = None,
        settings: dict[str, str] | None = None,
        home: Path | None = None,
        listen_tcp: bool = False,
    ) -> Server:
        """Starts a server in a temporary folder, or on the data kept in `home`, which is made when it is not there.

        `listen_tcp` makes it listen on a free port of 127.0.0.1 too, with a password: see `tcp_url`. Raises
        ScratchError where no server can be started here.
        """
        user, cache = accounts.choose(), folders.cache_folder()
        binaries = programs.find(pg_bin, user, cache)
        folders.sweep(user)
        run = RunFolder(user)
        watchdog = None
        try:
            data, lock = _data_folder(run, home, binaries, user, cache)
            server = cls(run, data, binaries, user)
            server._lock = lock
            watchdog = Watchdog(run.path, data)
            server._launch(settings or {}, listen_tcp)
        except BaseException:
            if watchdog:
                watchdog.dismiss()
            run.remove()
            raise
        server._leftovers = (watchdog, run, lock)
        server._watch_over()
        return server

    def restart(self, settings: dict[str, str] | None = None, *, forget: bool = False) -> None:
        """Stops it and starts it again on the same data; raises ScratchError where it does not start with settings.

        A server that did not start can be restarted again. `forget` undoes what ALTER SYSTEM has set.
        """
        self._finish.detach()
        _stop(self.process)
        if forget:
            (self.data / "postgresql.auto.conf").write_text("")
        try:
            self._launch(settings or {}, listen_tcp=bool(self._password))
        finally:
            self._watch_over()

    def _watch_over(self) -> None:
        """Whatever happens to this object, its process and its folders are gone with it."""
        self._finish = weakref.finalize(self, _finish, os.getpid(), self.process, *self._leftovers)

    def _launch(self, settings: dict[str, str], listen_tcp: bool) -> None:
        if listen_tcp:
            self.port, self._password = _free_port(), secrets.token_urlsafe(18)
        self._configure(settings, listen_tcp)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [self.binaries.program("postgres"), "-D", self.data],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                **self.account.popen,
            )
        try:
            self._wait()
            if self._password:
                self._set_password()
        except BaseException:
            _stop(self.process)
            raise

    def _configure(self, settings: dict[str, str], listen_tcp: bool) -> None:
        options = {
            "listen_addresses": "127.0.0.1" if listen_tcp else "",
            "port": str(self.port),
            "unix_socket_directories": str(self._socket),
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "autovacuum": "off",
            "max_wal_size": "4GB",
            "max_locks_per_transaction": "512",
            "shared_preload_libraries": "pg_stat_statements",
        }
        if self.binaries.major >= 18:
            options["extension_control_path"] = f"$system:{self.home / 'share'}"
        options |= settings
        lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in options.items()]
        (self.data / template.SETTINGS_FILE).write_text("".join(lines))
        if listen_tcp:
            hosts = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
            (self.data / "pg_hba.conf").write_text(hosts)

    def _wait(self) -> None:
        """Until the server takes connections; a pid file counts only when it is that of our own process."""
        deadline = time.monotonic() + START_SECONDS
        pid_file = self.data / "postmaster.pid"
        while time.monotonic() < deadline and self.process.poll() is None:
            lines = pid_file.read_text().splitlines() if pid_file.exists() else []
            if len(lines) > 7 and lines[7].strip() == "ready" and int(lines[0]) == self.process.pid:
                return
            time.sleep(0.005)
        raise ScratchError("the scratch server did not start: " + self.last_words())

    def _set_password(self) -> None:
        admin = self.database()
        statement = sql.SQL("ALTER ROLE postgres PASSWORD {}").format(sql.Literal(self._password))
        admin.script(statement.as_string())
        admin.close()

    def last_words(self) -> str:
        """The last lines of the server's log that say something went wrong, else its last line."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        wrong = [line for line in lines if any(word in line for word in WRONG)]
        return "; ".join(wrong[-2:] or lines[-1:]) or "it wrote no log"

    @property
    def alive(self) -> bool:
        """Whether the server still runs."""
        return self.process.poll() is None

    @property
    def pg_bin(self) -> Path:
        """The folder of the programs, to start another server with the same."""
        return self.bin_dir

    def conninfo(self, database: str = "postgres") -> str:
        """The libpq connection string of one of its databases, as superuser."""
        return make_conninfo("", host=str(self._socket), port=self.port, user="postgres", dbname=database)

    def tcp_url(self, database: str = "postgres") -> str:
        """The URL of one of its databases over 127.0.0.1, password included (ScratchError without listen_tcp)."""
        if not self._password:
            raise ScratchError("this server listens on no port; start it with listen_tcp=True")
        return f"postgresql://postgres:{self._password}@127.0.0.1:{self.port}/{_url_quoted(database)}"

    def database(self, name: str = "postgres") -> Database:
        """A connection to a database that exists."""
        with self.watching():
            return Database(name, self.conninfo(name), self.diagnosis)

    def create(self, name: str, *, template: str = "template0", options: str = "") -> Database:
        """Makes a database, empty or as a copy of another one, and connects to it; `options` are SQL."""
        admin = self.database()
        try:
            admin.script(f"CREATE DATABASE {quoted(name)} TEMPLATE {quoted(template)} {options}")
        finally:
            admin.close()
        return self.database(name)

    def drop(self, name: str) -> None:
        """Throws a database away, sessions and all."""
        admin = self.database()
        try:
            admin.script(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")
        finally:
            admin.close()

    def diagnosis(self, error: psycopg.Error) -> ScratchError | None:
        """What really happened when an error is not the statement's fault: the disk is full or the server died."""
        full = "No space left" in self.last_words() if error.diag.message_primary in CHECKPOINT else False
        if full or isinstance(error, psycopg.errors.DiskFull):
            return ScratchError(
                f"no space left on the disk of the scratch server ({self.data}); "
                "free some, or set TMPDIR to a folder on a larger disk"
            )
        if isinstance(error, psycopg.OperationalError) and error.sqlstate in LOST and self._died():
            return ScratchError(f"the scratch server died (exit code {self.process.returncode}): {self.last_words()}")
        return None

    def _died(self) -> bool:
        """Whether it is dead or about to be: the connection breaks a moment before the process can be waited for."""
        try:
            self.process.wait(0.5)
        except subprocess.TimeoutExpired:
            return False
        return True

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Turns errors of a full disk or a dead server into a ScratchError that says so."""
        try:
            yield
        except psycopg.Error as error:
            better = self.diagnosis(error)
            if better:
                raise better from error
            raise

    def stop(self) -> None:
        """Stops the server and removes its folder; what was kept in a `home` stays."""
        self._finish()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def _data_folder(
    run: RunFolder, home: Path | None, binaries: Binaries, account: Account, cache: Path
) -> tuple[Path, Lock | None]:
    """The data folder, initialised; for a kept one also the lock that keeps other processes away from it."""
    if home is None:
        data = run.folder("data", account)
        template.make_cluster(data, binaries, account, cache)
        return data, None
    home.mkdir(parents=True, exist_ok=True)
    if not account.reaches(home / "data"):
        raise ScratchError(
            f"{home} cannot be reached by the user that PostgreSQL runs as (it refuses root); "
            f"use a folder such as {folders.kept_folder(home.name)}"
        )
    lock = Lock(home / "owner")
    if not lock.take():
        lock.release()
        raise ScratchError(f"the server of {home} is in use by another process; stop that one first")
    try:
        return _kept_data(home / "data", binaries, account, cache), lock
    except BaseException:
        lock.release()
        raise


def _kept_data(data: Path, binaries: Binaries, account: Account, cache: Path) -> Path:
    folders.stop_orphan(data)
    version = data / "PG_VERSION"
    if not version.exists():
        folders.empty(data)
        data.mkdir(mode=0o700, exist_ok=True)
        account.own(data)
        template.make_cluster(data, binaries, account, cache)
    made_by = int(version.read_text())
    if made_by != binaries.major:
        raise ScratchError(
            f"{data} was made by PostgreSQL {made_by} and {binaries.folder} is {binaries.major}: "
            "remove the folder, or name the older programs in DBENGINEER_PG_BIN"
        )
    return data


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _url_quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


def _stop(process: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(how)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            continue


def _finish(
    owner: int, process: subprocess.Popen[bytes], watchdog: Watchdog, run: RunFolder, lock: Lock | None
) -> None:
    if os.getpid() != owner:
        return  # a fork of ours ends; the server belongs to the process that started it
    _stop(process)
    run.remove()
    watchdog.dismiss()
    if lock:
        lock.release()
