"""Making scratch resemble the target before anything is restored: locale, collations, extensions, settings."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from dbengineer.tools.scratch.database import Database, quoted
from dbengineer.tools.scratch.restoring import Piece
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target

STUBS = Path(__file__).parent / "extensions"
SUBSTITUTE = "C.UTF-8"
LOCALE = "SELECT to_jsonb(d) AS d FROM pg_database d WHERE datname = current_database()"
ICU_COLLATIONS = """
SELECT c.collname AS name FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
WHERE c.collprovider = 'i' AND n.nspname = 'pg_catalog' AND c.oid IN (
    SELECT attcollation FROM pg_attribute UNION SELECT typcollation FROM pg_type
    UNION SELECT unnest(indcollation::oid[]) FROM pg_index)
"""
CREATE_COLLATION = re.compile(r'CREATE COLLATION ((?:"(?:[^"]|"")*"|[^\s(])+) \(provider = icu')
INDEXES = """
SELECT i.indexrelid::bigint AS oid, concat(n.nspname, '.', c.relname) AS index,
       concat(n.nspname, '.', t.relname, ' ', c.relname) AS of_constraint
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
"""
PLANNER = """
SELECT name, reset_val AS value FROM pg_settings
WHERE category LIKE 'Query Tuning%' OR name IN (
    'work_mem', 'hash_mem_multiplier', 'constraint_exclusion', 'max_parallel_workers_per_gather', 'TimeZone',
    'DateStyle', 'IntervalStyle', 'default_text_search_config', 'search_path', 'default_statistics_target',
    'temp_buffers')
"""
DATABASE_SETTINGS = """
SELECT split_part(c, '=', 1) AS name, substr(c, strpos(c, '=') + 1) AS value
FROM pg_db_role_setting s, unnest(s.setconfig) c
WHERE s.setrole = 0 AND s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
ROLE_SETTINGS = """
SELECT pg_get_userbyid(s.setrole) AS role, c AS setting FROM pg_db_role_setting s, unnest(s.setconfig) c
WHERE s.setrole <> 0 ORDER BY 1, 2
"""


def fresh(target: Target, server: Server, name: str) -> tuple[Database, list[str]]:
    """A new empty database in the target's locale, or the nearest one that is here; an older copy is dropped."""
    server.drop(name)
    locale: dict[str, Any] = target.query(LOCALE)[0]["d"]
    provider, collation = locale.get("datlocprovider", "c"), locale["datcollate"]
    if provider == "b" or (provider == "c" and collation in ("C", "POSIX")):
        return server.create(name), []
    named = locale.get("datlocale") or locale.get("daticulocale") or collation
    for candidate in [collation, SUBSTITUTE] if provider == "c" else [SUBSTITUTE]:
        try:
            database = server.create(name, options=_locale(candidate, server))
        except psycopg.Error:
            continue
        differs = [f"text is ordered as {candidate} in scratch, as {named} on the target"]
        return database, [] if candidate == named else differs
    return server.create(name), [
        f"text is ordered as C in scratch, as {named} on the target: LIKE may plan differently"
    ]


def _locale(name: str, server: Server) -> str:
    provider = " LOCALE_PROVIDER libc" if server.binaries.major >= 15 else ""
    return sql.SQL("LC_COLLATE {0} LC_CTYPE {0}").format(sql.Literal(name)).as_string() + provider


def substitute_collations(target: Target, database: Database) -> list[str]:
    """Makes the built-in ICU collations that the target uses, where this build has no ICU."""
    notes = []
    for row in target.query(ICU_COLLATIONS):
        try:
            database.script(
                f"CREATE COLLATION IF NOT EXISTS {quoted('pg_catalog', row['name'])} "
                f"(provider = libc, locale = '{SUBSTITUTE}')"
            )
        except psycopg.Error:
            continue
        notes.append(f"collation {row['name']} orders as {SUBSTITUTE} in scratch, which has no ICU")
    return notes


def without_icu(dumped: Iterable[Piece], notes: list[str]) -> Iterator[Piece]:
    """The pieces with the ICU collations that the target defines itself replaced; each is noted."""
    for piece in dumped:
        match = CREATE_COLLATION.search(piece.sql) if piece.kind == "COLLATION" else None
        if match:
            notes.append(f"collation {piece.name} orders as {SUBSTITUTE} in scratch, which has no ICU")
            made = f"CREATE COLLATION {match[1]} (provider = libc, locale = '{SUBSTITUTE}')"
            yield piece.model_copy(update={"sql": made})
        else:
            yield piece


def indexes_in_order(target: Target, dumped: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces with neighbouring indexes in the order in which the target made them.

    pg_dump sorts them by name; of two indexes that cost the same the planner takes the one with the lower oid.
    """
    made = {name: int(row["oid"]) for row in target.query(INDEXES) for name in (row["index"], row["of_constraint"])}
    for kind, run in itertools.groupby(dumped, key=lambda piece: piece.kind in ("INDEX", "CONSTRAINT")):
        order = made if kind else {}
        yield from sorted(run, key=lambda piece: order.get(piece.name, 0))


def stub_extensions(target: Target, server: Server, database: Database) -> list[str]:
    """Puts SQL stubs where scratch lacks an extension of the target and we have one; notes say what is not the same."""
    here = {row["name"] for row in database.query("SELECT name FROM pg_catalog.pg_available_extensions")}
    notes = []
    for row in target.query("SELECT extname AS name, extversion AS version FROM pg_extension ORDER BY 1"):
        name, stub = row["name"], STUBS / f"{row['name']}.sql"
        if name in here:
            continue
        if stub.is_file() and server.binaries.major >= 18:
            _install(server, name, row["version"], stub.read_text())
            notes.append(f"extension {name} is a stand-in written in SQL: {_limits(stub)}")
        else:
            notes.append(f"extension {name} is not available in scratch; what uses it is missing")
    return notes


def _install(server: Server, name: str, version: str, statements: str) -> None:
    folder = server.home / "share" / "extension"
    folder.mkdir(parents=True, exist_ok=True)
    for path in (folder.parent, folder):
        path.chmod(0o755)
    control = f"comment = 'stand-in'\ndefault_version = '{version}'\nrelocatable = true\n"
    for path, text in ((folder / f"{name}.control", control), (folder / f"{name}--{version}.sql", statements)):
        path.write_text(text)
        path.chmod(0o644)


def _limits(stub: Path) -> str:
    """The first line of a stub, a comment that says what it cannot do."""
    return stub.read_text().splitlines()[0].removeprefix("-- ")


def copy_settings(target: Target, database: Database) -> list[str]:
    """Gives a shadow the settings that the target plans with; ways of planning that the target lacks are turned off."""
    wanted = {row["name"]: row["value"] for row in target.query(PLANNER)}
    if wanted.get("search_path") == "pg_catalog":
        wanted["search_path"] = '"$user", public'
    overriding = {row["name"]: row["value"] for row in target.query(DATABASE_SETTINGS)}
    wanted |= {name: value for name, value in overriding.items() if name in wanted}
    here = {row["name"]: row["value"] for row in database.query(PLANNER.replace("reset_val", "setting"))}
    wanted |= {name: "off" for name in here if name.startswith("enable_") and name not in wanted}
    notes = []
    for name, value in wanted.items():
        if name in here and here[name] != value:
            notes += _set(database, name, value)
    own = [f"{row['role']}: {row['setting']}" for row in target.query(ROLE_SETTINGS) if _plans(row["setting"], wanted)]
    return [*notes, *([f"settings of single roles are not used in the shadow: {'; '.join(own[:8])}"] if own else [])]


def _plans(setting: str, planner: dict[str, str]) -> bool:
    return setting.partition("=")[0] in planner


def _set(database: Database, name: str, value: str) -> list[str]:
    """Sets it for the database by way of our session, which takes lists and units as they are written."""
    statement = sql.SQL("ALTER DATABASE {} SET {} FROM CURRENT").format(
        sql.Identifier(database.name), sql.Identifier(name)
    )
    try:
        with database.connection.transaction():
            database.query("SELECT pg_catalog.set_config(%s, %s, true)", (name, value))
            database.script(statement.as_string())
    except psycopg.Error as error:
        return [f"setting {name} = {value} could not be copied: {error.diag.message_primary}"]
    return []
