"""Negative controls: damage a restored copy on purpose and see that the comparison notices."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from dbengineer.tools.backups import contents
from dbengineer.tools.backups.comparing import Job
from dbengineer.tools.facts import Fact
from dbengineer.tools.scratch.database import Database, quoted

NULLABLE = """
SELECT a.attname::text AS name FROM pg_attribute a
WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.attnotnull AND a.attgenerated = ''
"""
PLAIN_INDEX = f"""
SELECT n.nspname::text AS schema, c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_index i ON i.indexrelid = c.oid
WHERE {contents.OURS} AND c.relkind = 'i' AND NOT c.relispartition
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid IN (c.oid, i.indrelid) AND d.deptype = 'e')
ORDER BY 1, 2 LIMIT 1
"""


class Control(Fact):
    """One deliberate damage, done in a transaction that is rolled back; `noticed` is None where it was not possible."""

    damage: str
    ran: str
    noticed: bool | None
    shown: str


def row_deleted(restored: Database, todo: Sequence[Job]) -> Control:
    """Deletes one row of a table."""
    for job in _whole(todo):
        sql = f"DELETE FROM ONLY {job.table.sql} WHERE ctid = (SELECT ctid FROM ONLY {job.table.sql} LIMIT 1)"
        if control := _damage(restored, job, "one row deleted", sql):
            return control
    return Control(damage="one row deleted", ran="", noticed=None, shown="no table with rows was compared as a whole")


def value_lost(restored: Database, todo: Sequence[Job]) -> Control:
    """Sets one value to NULL, so that the number of rows stays."""
    for job in _whole(todo):
        for column in restored.query(NULLABLE, (job.table.sql,)):
            name = quoted(column["name"])
            row = f"(SELECT ctid FROM ONLY {job.table.sql} WHERE {name} IS NOT NULL LIMIT 1)"
            sql = f"UPDATE ONLY {job.table.sql} SET {name} = NULL WHERE ctid = {row}"
            if control := _damage(restored, job, "one value lost", sql):
                return control
    return Control(damage="one value lost", ran="", noticed=None, shown="no value that may be NULL was found")


def index_dropped(restored: Database) -> Control:
    """Drops one index that no constraint needs."""
    found = restored.query(PLAIN_INDEX)
    if not found:
        return Control(damage="one index dropped", ran="", noticed=None, shown="there is no index without a constraint")
    label, sql = f"{found[0]['schema']}.{found[0]['name']}", f"DROP INDEX {quoted(*found[0].values())}"
    before = contents.objects(restored)
    with restored.connection.transaction(force_rollback=True):
        restored.script(sql)
        gone = before["index"] - contents.objects(restored).get("index", set())
    shown = f"missing: {', '.join(sorted(gone)) or 'nothing'}"
    return Control(damage="one index dropped", ran=sql, noticed=label in gone, shown=shown)


def _whole(todo: Sequence[Job]) -> list[Job]:
    return [job for job in todo if job.sql and not job.sampled]


def _damage(restored: Database, job: Job, damage: str, sql: str) -> Control | None:
    """Does the damage and compares; None where the statement hit no row or a constraint forbids it."""
    before = contents.digest(restored, job.sql)
    try:
        with restored.connection.transaction(force_rollback=True):
            restored.script("SET LOCAL session_replication_role = replica")
            if restored.connection.execute(sql).rowcount != 1:
                return None
            after = contents.digest(restored, job.sql)
    except psycopg.Error:
        return None
    shown = f"{job.table.label}: {before.rows} rows {before.sum} became {after.rows} rows {after.sum}"
    return Control(damage=damage, ran=sql, noticed=after != before, shown=shown)
