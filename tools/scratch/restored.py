"""The restored copy: a real backup of the target, dumped with its rows and restored, with the time both took."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from dbengineer.tools.scratch import fidelity
from dbengineer.tools.scratch.access import clean_environment
from dbengineer.tools.scratch.copies import Copy
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.dump import Dump, dump
from dbengineer.tools.scratch.errors import ScratchError
from dbengineer.tools.scratch.restoring import pieces, restore, summary
from dbengineer.tools.scratch.roles import copy_roles
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target

JOBS = 2
ERROR = re.compile(r"ERROR:\s+(.*)")
FAILED = re.compile(r"from TOC entry \d+; \d+ \d+ (.*)\n(?:pg_restore: (?:error|detail): )?.*?ERROR:\s+(.*)")


@dataclass(frozen=True)
class Restored(Copy):
    """A copy with rows; `dump_ms` and `restore_ms` are the times of the backup and its restore, in milliseconds."""

    dump_ms: float
    restore_ms: float
    dump_bytes: int


def make_restored(target: Target, server: Server, name: str) -> Restored:
    """Dumps the target with its rows and restores the dump as database `name`.

    Raises ScratchError where the disk has no room for a dump and a copy, or the restore does not start.
    """
    started = time.perf_counter()
    _check_room(target, server)
    # The dump holds rows: a folder that nobody else can enter.
    with tempfile.TemporaryDirectory(dir=server.home, prefix="dump-") as private:
        dumped = dump(target, server, what="all", into=Path(private) / "dump")
        size = (Path(private) / "dump").stat().st_size
        database, notes = fidelity.fresh(target, server, name)
        with server.watching():
            notes += copy_roles(target, database)
            notes += fidelity.substitute_collations(target, database)
            notes += fidelity.stub_extensions(target, server, database)
        begun = time.perf_counter()
        notes += _restore(dumped, server, database, Path(private) / "dump")
        restore_ms = (time.perf_counter() - begun) * 1000
    # The visibility map is part of how a database plans, so VACUUM and not ANALYZE alone.
    database.script("VACUUM (ANALYZE)")
    took_ms = (time.perf_counter() - started) * 1000
    return Restored(
        database=database,
        notes=summary(notes),
        coverage=dumped.coverage,
        took_ms=round(took_ms, 1),
        dump_ms=round(dumped.took_ms, 1),
        restore_ms=round(restore_ms, 1),
        dump_bytes=size,
    )


def _check_room(target: Target, server: Server) -> None:
    """The dump is at most as large as the database, and the copy about as large again."""
    size = int(target.query("SELECT pg_database_size(current_database()) AS size")[0]["size"])
    free = min(shutil.disk_usage(server.home).free, shutil.disk_usage(server.data).free)
    if free < 2 * size:
        raise ScratchError(
            f"a copy with rows needs about {2 * size / 1e9:.1f} GB and {server.home} has {free / 1e9:.1f} GB free; "
            "set TMPDIR to a folder on a larger disk, or do without --rows copy"
        )


def _restore(dumped: Dump, server: Server, database: Database, file: Path) -> list[str]:
    """Restores tables, then rows, then indexes and constraints; gives back what could not be restored.

    The tables go piece by piece: pg_restore loses a table with all its rows over one option that this server lacks.
    """
    notes: list[str] = []
    tables = _run(dumped, server, ["--section=pre-data", "--file=-", str(file)])
    notes += restore(database, fidelity.without_icu(pieces(tables.stdout), notes))
    for section in ("data", "post-data"):
        into = ["--dbname", server.conninfo(database.name), f"--jobs={JOBS}"]
        done = _run(dumped, server, [f"--section={section}", *into, str(file)])
        refused = [f"{what} could not be restored: {why}" for what, why in FAILED.findall(done.stderr)]
        if done.returncode and not refused:
            refused = [f"some of the {section} could not be restored: {why}" for why in ERROR.findall(done.stderr)]
        if done.returncode and not refused:
            raise ScratchError(f"pg_restore failed: {done.stderr.strip().splitlines()[-1:]}")
        notes += refused
    return notes


def _run(dumped: Dump, server: Server, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Runs pg_restore (ScratchError where the disk is full or the server is gone)."""
    done = subprocess.run(
        [dumped.program.program("pg_restore"), "--no-tablespaces", *arguments],
        env=clean_environment({}),
        capture_output=True,
        text=True,
        errors="replace",
        cwd="/",
    )
    if "No space left" in done.stderr:
        raise ScratchError(f"no space left on the disk of the scratch server ({server.data}) while rows were restored")
    if not server.alive:
        raise ScratchError(f"the scratch server died while rows were restored: {server.last_words()}")
    return done
