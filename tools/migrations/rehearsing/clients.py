"""A small workload on a copy while a migration runs: how long its clients wait, and which of their statements die."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import psycopg

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations.running import words
from dbengineer.tools.scratch.database import Database, quoted

PAUSE = 0.003
PATIENCE = 15.0
MOST = 4
CACHED = "cached plan must not change result type"
COLUMNS = """
SELECT a.attname::text AS name, a.attgenerated = '' AND a.attidentity <> 'a' AS writable
FROM pg_attribute a WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""


class Stall(Fact):
    """The longest wait of a client of one table, in milliseconds; `does` is "reads" or "writes"."""

    table: str
    does: str
    worst_ms: float


class Broken(Fact):
    """A statement of a client that no longer works after the migration, and the server's words."""

    table: str
    statement: str
    error: str
    prepared: bool


class Clients:
    """Sessions that read and write the given tables as an application did that was written before the migration."""

    def __init__(self, database: Database, tables: Sequence[str]) -> None:
        self._stop = threading.Event()
        self._stalls: dict[tuple[str, str], float] = {}
        self._broken: dict[tuple[str, str], Broken] = {}
        self._started: list[threading.Thread] = []
        self._sessions: list[Database] = []
        for table in list(tables)[:MOST]:
            self._begin(database, table)

    def _begin(self, database: Database, table: str) -> None:
        columns = database.query(COLUMNS, (table,))
        names = [quoted(c["name"]) for c in columns]
        writable = ", ".join(quoted(c["name"]) for c in columns if c["writable"])
        if not names:
            return
        reads = [f"SELECT * FROM {table} LIMIT 1", f"SELECT {', '.join(names)} FROM {table} LIMIT 1"]
        writes = [f"INSERT INTO {table} ({writable}) SELECT {writable} FROM {table} LIMIT 0"] if writable else []
        for does, statements in (("reads", reads), ("writes", writes)):
            session = Database(database.name, database.conninfo)
            self._sessions.append(session)
            alive = [s for s in statements if self._once(session, s) is None]
            thread = threading.Thread(target=self._loop, args=(session, table, does, alive), daemon=True)
            self._started.append(thread)
            thread.start()

    def _once(self, session: Database, statement: str) -> psycopg.Error | None:
        try:
            session.connection.execute(statement.encode(), prepare=True)
        except psycopg.Error as refused:
            return refused
        return None

    def _loop(self, session: Database, table: str, does: str, alive: list[str]) -> None:
        while alive and not self._stop.is_set():
            for statement in list(alive):
                started = time.perf_counter()
                refused = self._once(session, statement)
                took = (time.perf_counter() - started) * 1000
                self._stalls[table, does] = max(took, self._stalls.get((table, does), 0))
                if refused is not None:
                    alive.remove(statement)
                    self._note(session, table, statement, refused)
            self._stop.wait(PAUSE)

    def _note(self, session: Database, table: str, statement: str, refused: psycopg.Error) -> None:
        if session.connection.closed:
            return
        said = words(refused)
        self._broken[table, statement] = Broken(
            table=table, statement=statement, error=said, prepared=said.startswith(CACHED)
        )

    def end(self) -> tuple[tuple[Stall, ...], tuple[Broken, ...]]:
        """Lets every client ask once more, then ends them; gives back the waits and what died."""
        time.sleep(PAUSE * 4)
        self._stop.set()
        for thread in self._started:
            thread.join(PATIENCE)
        for session in self._sessions:
            session.close()
        stalls = [Stall(table=t, does=d, worst_ms=round(ms, 1)) for (t, d), ms in sorted(self._stalls.items())]
        return tuple(stalls), tuple(self._broken.values())
