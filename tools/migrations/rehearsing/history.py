"""Which migrations a target has already, read from the tables in which their runners remember it."""

from __future__ import annotations

import psycopg

from dbengineer.tools.migrations.rehearsing.scripts import BadMigration
from dbengineer.tools.migrations.rehearsing.sources import version
from dbengineer.tools.scratch.database import Database, quoted
from dbengineer.tools.target import Target

VERSION_TABLES = """
SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relnatts = 1 AND n.nspname !~ '^pg_'
  AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'version_num')
ORDER BY c.relname <> 'alembic_version', 1, 2"""
HISTORIES = """
SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relname = 'flyway_schema_history' ORDER BY 1"""


def alembic(target: Target, copy: Database) -> list[str]:
    """The revisions that a target is at; the copy, which has no rows, is told the same."""
    tables = target.query(VERSION_TABLES)
    if not tables:
        return []
    name = quoted(tables[0]["schema"], tables[0]["name"])
    found = [str(row["version_num"]) for row in _rows(target, f"SELECT version_num FROM {name} ORDER BY 1", name)]
    copy.script(f"TRUNCATE {name}")
    for revision in found:
        copy.query(f"INSERT INTO {name} VALUES (%s) RETURNING 1 AS done", (revision,))
    return found


def flyway(target: Target) -> set[tuple[int, ...]] | None:
    """The versions that Flyway has applied; None where it keeps no history there."""
    tables = target.query(HISTORIES)
    if not tables:
        return None
    name = quoted(tables[0]["schema"], tables[0]["name"])
    rows = _rows(target, f"SELECT version FROM {name} WHERE success AND version IS NOT NULL", name)
    return {version(f"V{row['version']}__x.sql") for row in rows}


def _rows(target: Target, sql: str, name: str) -> list[dict[str, object]]:
    try:
        return target.query(sql)
    except psycopg.errors.InsufficientPrivilege:
        raise BadMigration(
            f"the role may not read {name}, which says what is applied already; GRANT SELECT on it, or name the files"
        ) from None
