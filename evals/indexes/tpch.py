"""TPC-H in a server of our own: rows made by tpchgen-cli, keys, statistics, and the statements."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from dbengineer.tools.queries import workload
from dbengineer.tools.queries.workload import Statement
from dbengineer.tools.scratch.server import Server

HERE = Path(__file__).parent
AFTER_ROWS = "-- after the rows\n"
TABLES = ("region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem")
SETTINGS = {"shared_buffers": "2GB", "maintenance_work_mem": "512MB", "max_wal_size": "16GB", "wal_level": "minimal"}
SETTINGS |= {"max_wal_senders": "0"}
"""All in memory and quick to load; what the planner goes by is as PostgreSQL ships it, work_mem of 4 MB too."""


def statements() -> list[Statement]:
    """The 19 statements; 2, 17 and 20 are left out, since they never end without an index."""
    parts = re.split(r"^-- name: \w+\n", (HERE / "tpch.sql").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [workload.unknown(text.strip().rstrip(";")) for text in parts if text.strip()]


def names() -> dict[str, str]:
    """What each statement is called in the benchmark, by fingerprint."""
    found = re.findall(r"^-- name: (\w+)$", (HERE / "tpch.sql").read_text(encoding="utf-8"), re.MULTILINE)
    return {s.fingerprint: name for s, name in zip(statements(), found, strict=True)}


def start(home: Path, scale: float) -> Server:
    """A server that holds the database `tpch` of a scale factor, loaded once into a folder below `home`.

    Raises FileNotFoundError without tpchgen-cli (pip install 'dbengineer[evals]').
    """
    return loaded(home, "tpch", scale, _load)


def loaded(home: Path, name: str, scale: float, load: Callable[[Server, float], None]) -> Server:
    """A server that holds the database of a benchmark, which `load` fills the first time."""
    server = Server.start(home=home / f"{name}-{scale:g}", settings=SETTINGS)
    try:
        with closing(server.database()) as admin:
            there = admin.query("SELECT 1 AS one FROM pg_database WHERE datname = %s", (name,))
        if not there:
            load(server, scale)
    except BaseException:
        server.stop()
        raise
    return server


def _load(server: Server, scale: float) -> None:
    # A virtual environment that was not activated has its programs beside its interpreter.
    program = shutil.which("tpchgen-cli") or shutil.which("tpchgen-cli", path=str(Path(sys.executable).parent))
    if program is None:
        raise FileNotFoundError("tpchgen-cli is not installed; pip install 'dbengineer[evals]'")
    tables, keys = (HERE / "tpch_schema.sql").read_text(encoding="utf-8").split(AFTER_ROWS)
    with closing(server.create("loading")) as database, tempfile.TemporaryDirectory() as folder:
        database.script(tables)
        subprocess.run([program, "csv", "-s", str(scale), "-o", folder], check=True, capture_output=True)
        for table in TABLES:
            with (
                (Path(folder) / f"{table}.csv").open("rb") as rows,
                database.connection.cursor() as cursor,
                cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv, HEADER)".encode()) as copy,
            ):
                while piece := rows.read(1 << 20):
                    copy.write(piece)
        database.script(keys)
        database.script("VACUUM (ANALYZE)")
    with closing(server.database()) as admin:
        # Only what was loaded whole has the name that is looked for.
        admin.script("ALTER DATABASE loading RENAME TO tpch")
