"""The shadow: an empty copy that plans like the target, made of its schema, statistics, sizes and settings."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from dbengineer.tools.scratch import fidelity
from dbengineer.tools.scratch.calibrating import Calibration, calibrate
from dbengineer.tools.scratch.copies import Copy
from dbengineer.tools.scratch.database import Database, quoted
from dbengineer.tools.scratch.dump import Readable, dump
from dbengineer.tools.scratch.errors import ScratchError
from dbengineer.tools.scratch.files import File, files, forget_pages, height, raise_tree, stretch
from dbengineer.tools.scratch.restoring import pieces, restore
from dbengineer.tools.scratch.roles import copy_roles
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.scratch.whatif import HypotheticalIndex, hypothetical_index, hypothetical_indexes
from dbengineer.tools.target import Target

__all__ = [
    "Calibration",
    "HypotheticalIndex",
    "calibrate",
    "hypothetical_index",
    "hypothetical_indexes",
    "make_shadow",
]

OPTIONS = (
    "--no-owner",
    "--no-privileges",
    "--no-tablespaces",
    "--no-table-access-method",
    "--no-publications",
    "--no-comments",
)
SIZES = """
SELECT n.nspname AS schema, c.relname AS name, {size} AS pages
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm', 'i') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""
NOW = "coalesce(pg_relation_size(c.oid), 0) / current_setting('block_size')::int"
EXTENDED = (
    "SELECT stxnamespace::regnamespace::text || '.' || quote_ident(stxname) AS name FROM pg_statistic_ext ORDER BY 1"
)


def make_shadow(target: Target, server: Server, name: str) -> Copy:
    """Makes the shadow as database `name`; ScratchError without PostgreSQL 18, which is the first to take statistics.

    Only EXPLAIN may run there: its tables are as long as the target's and hold nothing.
    """
    started = time.perf_counter()
    if server.binaries.major < 18:
        raise ScratchError(
            f"the shadow needs PostgreSQL 18 in scratch and {server.bin_dir} is {server.binaries.major}; "
            "leave DBENGINEER_PG_BIN out or name a newer one"
        )
    dumped = dump(target, server, what="statistics", options=OPTIONS)
    database, notes = fidelity.fresh(target, server, name)
    _no_autovacuum(database)
    with server.watching():
        notes += copy_roles(target, database)
        notes += fidelity.substitute_collations(target, database)
        notes += fidelity.stub_extensions(target, server, database)
        dumped_pieces = fidelity.indexes_in_order(target, pieces(dumped.text))
        notes += restore(database, fidelity.without_icu(dumped_pieces, notes))
        notes += fidelity.copy_settings(target, database)
        database.script(f"ALTER DATABASE {quoted(name)} SET event_triggers = off")
        _resize(target, database)
    database.close()
    notes += _losses(target, dumped.readable)
    took_ms = (time.perf_counter() - started) * 1000
    return Copy(server.database(name), tuple(dict.fromkeys(notes)), dumped.coverage, round(took_ms, 1))


def _no_autovacuum(database: Database) -> None:
    """Building an index on an empty table would set the table's statistics to zero where autovacuum is on."""
    if database.query("SHOW autovacuum")[0]["autovacuum"] == "on":
        database.script("ALTER SYSTEM SET autovacuum = off")
        database.query("SELECT pg_catalog.pg_reload_conf()")
        for _ in range(100):
            if database.query("SHOW autovacuum")[0]["autovacuum"] == "off":
                return
            time.sleep(0.02)


def _resize(target: Target, database: Database) -> None:
    """Gives every table and index the size it has on the target, and every B-tree its height."""
    here = files(database)
    sizes = {(row["schema"], row["name"]): int(row["pages"]) for row in _sizes(target)}
    trees = [file for file in here.values() if file.width]
    forget_pages(database, [file.oid for file in trees])
    for key, file in here.items():
        _shape(file, sizes.get(key, 0))


def _shape(file: File, pages: int) -> None:
    if file.width:
        levels = height(pages, file.width)
        raise_tree(file, levels)
        pages = max(pages, levels + 2 if levels else 1)
    elif pages * 8192 <= file.path.stat().st_size:
        return
    stretch(file, pages)


def _sizes(target: Target) -> list[dict[str, Any]]:
    try:
        return target.query(SIZES.format(size=NOW))
    except psycopg.Error:
        # A table that somebody has locked cannot be measured; what the last VACUUM saw has to do.
        return target.query(SIZES.format(size="c.relpages"))


def _losses(target: Target, found: Readable) -> list[str]:
    """What the planner of the target knows and the shadow does not."""
    notes = []
    if target.version < 180000:
        notes.append(
            f"the target is PostgreSQL {target.version // 10000} and the shadow plans as 18, which knows more ways: "
            "compare the plans of both before trusting it"
        )
    extended = [row["name"] for row in target.query(EXTENDED)]
    if extended:
        notes.append(f"the contents of extended statistics cannot be copied: {', '.join(extended[:8])}")
    if found.hidden:
        notes.append(f"row security hides the statistics of {', '.join(found.hidden[:8])}")
    return notes
