"""One statement run on a copy and watched: its locks, what it rewrote, how long it took, how much WAL it wrote."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations import locks, statements
from dbengineer.tools.migrations.locks import Held
from dbengineer.tools.scratch.database import Database

RELATIONS = """
SELECT c.oid::int8 AS oid, format('%I.%I', n.nspname, c.relname) AS name, pg_relation_filenode(c.oid) AS file
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I', 'S') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_(toast|temp)'"""
LOCKS = """
SELECT l.relation::int8 AS oid, l.mode FROM pg_locks l
WHERE l.pid = {pid} AND l.locktype = 'relation'
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
WAITS = "SELECT FROM pg_locks WHERE pid = {pid} AND locktype IN ('virtualxid', 'relation') AND NOT granted"
VALUES = re.compile(r"(=|contains )\(.*\)")
PATIENCE = 5.0


class Step(Fact):
    """A statement and what running it showed; `error` holds the server's words where it failed, `code` its SQLSTATE."""

    statement: str
    alone: bool
    locks: tuple[Held, ...] = ()
    rewrites: tuple[str, ...] = ()
    work: tuple[str, ...] = ()
    took_ms: float = 0
    wal_bytes: int = 0
    error: str = ""
    code: str = ""


class Runner:
    """Runs statements in a session of its own on a copy, while a second one watches."""

    def __init__(self, database: Database) -> None:
        self.worker = Database(database.name, database.conninfo)
        self.observer = Database(database.name, database.conninfo)
        self.observer.script("SET search_path = pg_catalog")
        self.worker.script("SET client_min_messages = debug1")
        self.worker.script(f"SET statement_timeout = '10min'; SET lock_timeout = '{PATIENCE * 2:.0f}s'")
        self.pid = self.worker.query("SELECT pg_backend_pid() AS pid")[0]["pid"]

    def close(self) -> None:
        """Ends both sessions."""
        self.worker.close()
        self.observer.close()

    def run(self, statement: str) -> Step:
        """Runs one statement in a transaction of its own, or outside of one where PostgreSQL wants it so."""
        before = self._relations()
        alone = statements.alone(statement)
        start = self._wal()
        started = time.perf_counter()
        notices: list[str] = []
        error, code, modes = "", "", []
        with self._listening(notices):
            try:
                modes = self._watched(statement) if alone else self._inside(statement)
            except psycopg.Error as refused:
                error, code = words(refused), refused.sqlstate or ""
        took = (time.perf_counter() - started) * 1000
        held = locks.strongest([(before[m["oid"]]["name"], m["mode"]) for m in modes if m["oid"] in before])
        return Step(
            statement=statement,
            alone=alone,
            locks=held,
            rewrites=tuple(self._rewritten(before)),
            work=locks.work(notices, held, next((name[-1] for name in statements.tables(statement)), "")),
            took_ms=round(took, 2),
            wal_bytes=self._wal() - start,
            error=error,
            code=code,
        )

    def _inside(self, statement: str) -> list[dict[str, Any]]:
        with self.worker.connection.transaction():
            self.worker.script(statement)
            return self.worker.query(LOCKS.format(pid="pg_backend_pid()"))

    def _watched(self, statement: str) -> list[dict[str, Any]]:
        """A bystander is in its way, so that the statement has to wait where it can be seen."""
        bystander = Database(self.worker.name, self.worker.conninfo)
        seen: list[dict[str, Any]] = []
        with ThreadPoolExecutor(1) as pool:
            try:
                self._stand_by(bystander, statement)
                running = pool.submit(self.worker.script, statement)
                self._look(running, seen)
            finally:
                bystander.close()
            running.result()
        return seen

    def _stand_by(self, bystander: Database, statement: str) -> None:
        """What is concurrent waits for an old snapshot; VACUUM does not, but never works beside another of its kind."""
        vacuum = statements.kind(statement) == "vacuum_stmt"
        bystander.script("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT txid_current_snapshot()")
        for name in statements.tables(statement):
            rows = self.observer.query(
                """SELECT coalesce(i.indrelid, c.oid)::regclass::text AS name, c.relkind = 'r' AS plain FROM pg_class c
                   JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid
                   WHERE c.relname = %s AND n.nspname = %s AND c.relkind IN ('r', 'p', 'm', 'i', 'I')""",
                [name[-1], name[0] if len(name) > 1 else "public"],
            )
            for row in rows:
                locking = f"LOCK TABLE {row['name']} IN SHARE UPDATE EXCLUSIVE MODE"
                bystander.script(locking if vacuum and row["plain"] else f"SELECT FROM {row['name']} LIMIT 0")

    def _look(self, running: Future[None], seen: list[dict[str, Any]]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not running.done() and time.monotonic() < deadline:
            waits = self.observer.query(WAITS.format(pid=self.pid))
            seen += self.observer.query(LOCKS.format(pid=self.pid))
            if waits:
                return
            time.sleep(0.002)

    def _relations(self) -> dict[int, dict[str, Any]]:
        return {row["oid"]: row for row in self.observer.query(RELATIONS)}

    def _rewritten(self, before: dict[int, dict[str, Any]]) -> Iterator[str]:
        for oid, now in self._relations().items():
            if oid in before and before[oid]["file"] != now["file"]:
                yield before[oid]["name"]

    def _wal(self) -> int:
        rows = self.observer.query("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::int8 AS bytes")
        return int(rows[0]["bytes"])

    @contextmanager
    def _listening(self, notices: list[str]) -> Iterator[None]:
        def hear(message: psycopg.errors.Diagnostic) -> None:
            notices.append(message.message_primary or "")

        self.worker.connection.add_notice_handler(hear)
        try:
            yield
        finally:
            self.worker.connection.remove_notice_handler(hear)


def words(error: psycopg.Error) -> str:
    """What the server said, without the values of any row."""
    parts = (error.diag.message_primary or type(error).__name__, error.diag.message_detail, error.diag.message_hint)
    return "; ".join(VALUES.sub(r"\1(…)", part) for part in parts if part)
