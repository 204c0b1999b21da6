"""The target: the user's database, read and never written.

Every statement passes the guard, goes out alone in one message of the extended protocol, and runs in a transaction that
was made READ ONLY before its first snapshot, has its limits set, and is rolled back.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any, TypeVar

import psycopg
from psycopg import RawCursor, RawServerCursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row, tuple_row
from psycopg.types.string import TextLoader

from dbengineer.tools import guard, hypopg
from dbengineer.tools.audit import Attempt, Audit
from dbengineer.tools.facts import Fact
from dbengineer.tools.guard import Allowed, Refused, Verdict
from dbengineer.tools.hypopg import HypoPG, Supposed
from dbengineer.tools.security import privileges
from dbengineer.tools.target_errors import (
    BadUrl,
    Cancelled,
    NotPostgres,
    ReadFailed,
    RefusedSql,
    RoleRefused,
    TargetError,
    TimedOut,
    TlsRefused,
    TooManyRows,
    TooOld,
    UnknownDatabase,
    Unreachable,
    WrongPassword,
    address,
    explained,
    failed,
    redacted,
)

__all__ = [
    "BadUrl",
    "Cancelled",
    "Limits",
    "NotPostgres",
    "ReadFailed",
    "RefusedSql",
    "RoleRefused",
    "Rows",
    "Target",
    "TargetError",
    "TimedOut",
    "TlsRefused",
    "TooManyRows",
    "TooOld",
    "UnknownDatabase",
    "Unreachable",
    "WrongPassword",
    "redacted",
]

T = TypeVar("T")
Connection = psycopg.Connection[Any]

OLDEST = 130000
CHUNK = 500
CUT = "… (cut)"
WATCH_MS = 1_000
"""How often the server looks, while it runs a statement, whether we are still there."""
# A pooler gives the session away with the ROLLBACK, so what a ROLLBACK does not undo has to go in the same message.
CLEAN = "ROLLBACK; DEALLOCATE ALL; SELECT pg_catalog.pg_advisory_unlock_all()"

# How libpq's parameters are called in the environment of its programs; a password is never on a command line.
VARIABLES = {
    "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE",
    "hostaddr": "PGHOSTADDR",
    "krbsrvname": "PGKRBSRVNAME",
    "options": "PGOPTIONS",
    "passfile": "PGPASSFILE",
    "require_auth": "PGREQUIREAUTH",
    "requirepeer": "PGREQUIREPEER",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "sslcert": "PGSSLCERT",
    "sslcrl": "PGSSLCRL",
    "sslcrldir": "PGSSLCRLDIR",
    "sslkey": "PGSSLKEY",
    "sslmode": "PGSSLMODE",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "sslrootcert": "PGSSLROOTCERT",
    "sslsni": "PGSSLSNI",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}


class Limits(Fact):
    """How much one statement may take: milliseconds, rows, characters a cell, characters a result."""

    statement_ms: int = 30_000
    lock_ms: int = 1_000
    idle_ms: int = 30_000
    transaction_ms: int = 120_000
    connect_s: int = 10
    reconnect_s: int = 10
    rows: int = 1_000
    cell: int = 10_000
    characters: int = 5_000_000
    own_rows: int = 1_000_000


class Rows(Fact):
    """The answer to a read; `truncated` when rows or cells were left out for the limits."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool = False


class Target:
    """A read-only session on the user's database; every statement runs in a transaction that is rolled back.

    `role_problems` are the ways in which the session's role could change the database, `role_warnings` those in which
    it sees more than expected.
    """

    role_problems: tuple[str, ...] = ()
    role_warnings: tuple[str, ...] = ()
    meaning: Callable[[str], Verdict] | None = None
    """The meaning floor: what a server makes of a statement that a user or a model wrote."""

    def __init__(self, url: str, limits: Limits, audit: Audit | None = None) -> None:
        self.audit = audit
        self._url = url
        self._where = address(url)
        self._limits = limits
        self._lock = threading.RLock()
        self._closed = False
        self._dirty = False
        self._connection = self._connect()
        self._extensions: frozenset[str] = frozenset()

    @classmethod
    def open(
        cls, url: str, *, trust_role: bool = False, limits: Limits | None = None, audit: Audit | None = None
    ) -> Target:
        """Connects to the database of a libpq URL or key-value string; `audit` logs every statement.

        Raises a TargetError; RoleRefused where the role could change what it looks at and `trust_role` is not set.
        """
        target = cls(url, limits or Limits(), audit)
        try:
            target._look_at_role(trust_role)
            target._extensions = frozenset(r["extname"] for r in target.query("SELECT extname FROM pg_extension"))
        except BaseException:
            target.close()
            raise
        return target

    @property
    def database(self) -> str:
        """The name of the database."""
        return self._connection.info.dbname

    @property
    def server(self) -> str:
        """The host, with its port where that is not 5432; a socket of this machine is localhost."""
        info = self._connection.info
        host = "localhost" if info.host.startswith(("/", "@")) else info.host
        return host if info.port == 5432 else f"{host}:{info.port}"

    @property
    def encrypted(self) -> bool:
        """Whether our end of the connection is TLS; behind a pooler the server knows only of the other end."""
        return bool(self._connection.pgconn.ssl_in_use)

    @property
    def pooled(self) -> bool:
        """Whether a pooler answers: then the process that runs our statements is not the one that was announced."""
        answering: int = self.query("SELECT pg_backend_pid() AS pid")[0]["pid"]
        return answering != self._connection.info.backend_pid

    @property
    def version(self) -> int:
        """The server's version number, such as 180006."""
        return self._connection.info.server_version

    def query(self, sql: str, params: Sequence[object] = ()) -> list[dict[str, Any]]:
        """The rows of one of the product's own statements (`%s` stands for a parameter) as dictionaries.

        Raises RefusedSql, Unreachable and TooManyRows; what the server refuses is a psycopg.Error.
        """
        text = _numbered(sql) if params else sql
        with self._attempt(text, ours=True) as attempt:
            self._allowed(text, ours=True)
            rows = self._run(lambda: self._stream(text, params))
            if len(rows) > self._limits.own_rows:
                raise TooManyRows(f"the statement gave more than {self._limits.own_rows} rows; it has to ask for less")
            attempt.rows = len(rows)
        return rows

    def read(self, sql: str) -> Rows:
        """The answer to a statement that a user or a model wrote, within the limits.

        Raises RefusedSql, ReadFailed (TimedOut, Cancelled) and Unreachable.
        """
        with self._attempt(sql) as attempt:
            verdict = self._allowed(sql, analyze=True, meaning=True)
            action = self._page if verdict.statement == "select" else self._whole
            rows = self._reading(lambda: action(sql))
            attempt.rows = len(rows.rows)
        return rows

    def explain(self, sql: str, *, analyze: bool = False) -> dict[str, Any]:
        """The plan of one SELECT as EXPLAIN (FORMAT JSON) gives it; `analyze` executes it.

        A statement with $1 parameters gets its generic plan and cannot be analyzed (RefusedSql). Raises as `read`.
        """
        with self._attempt(sql):
            return self._explained(sql, analyze)

    def hypopg(self) -> HypoPG | None:
        """The extension HypoPG, where the database has it and the role may use it."""
        return hypopg.found(self.query)

    def suppose(self, there: HypoPG, indexes: Sequence[str], statements: Sequence[str]) -> Supposed:
        """The plans of SELECTs without and with indexes that HypoPG only supposes. Raises as `read`."""
        asked = [(text, self._allowed(text, meaning=True).parameters) for text in statements]
        with ExitStack() as attempts:
            for text, ours in [*((i, True) for i in indexes), *((s, False) for s in statements)]:
                attempts.enter_context(self._attempt(text, ours=ours))
            return self._reading(lambda: hypopg.suppose(self._connection, there, indexes, asked, self._estimated))

    def connection_parameters(self) -> dict[str, str]:
        """How the session was made, as libpq parameters without the password."""
        info = self._connection.info
        # With several hosts in the URL, the one that answered counts, and its address is no longer needed.
        several = "," in info.get_parameters().get("host", "")
        kept = VARIABLES.keys() - ({"hostaddr", "target_session_attrs"} if several else set())
        found = {key: value for key, value in info.get_parameters().items() if key in kept}
        return found | {"host": info.host, "port": str(info.port), "user": info.user, "dbname": info.dbname}

    def environment(self) -> dict[str, str]:
        """The variables with which a program of libpq reaches the same database, PGPASSWORD too where there is one."""
        parameters = self.connection_parameters()
        variables = {name: parameters[key] for key, name in VARIABLES.items() if key in parameters}
        names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGDATABASE": "dbname"}
        variables |= {name: parameters[key] for name, key in names.items()}
        password = self._connection.info.password
        return variables | ({"PGPASSWORD": password} if password else {})

    def close(self) -> None:
        """Ends the session."""
        self._closed = True
        self._connection.close()

    def verdict(self, sql: str, *, analyze: bool = True) -> Verdict:
        """What the guard says of a statement that a user or a model wrote; nothing is sent to be executed."""
        said = guard.check(sql, extensions=self._extensions, analyze=analyze)
        meant = self.meaning(sql) if said.allowed and self.meaning else said
        return said if meant.allowed else meant

    def _attempt(self, sql: str, *, ours: bool = False) -> AbstractContextManager[Attempt]:
        return self.audit.attempt(sql, self._at, RefusedSql, ours=ours) if self.audit else nullcontext(Attempt())

    def _allowed(self, sql: str, *, analyze: bool = False, ours: bool = False, meaning: bool = False) -> Allowed:
        if meaning:
            verdict = self.verdict(sql, analyze=analyze)
        else:
            verdict = guard.check(sql, extensions=self._extensions, analyze=analyze, ours=ours)
        if isinstance(verdict, Refused):
            raise RefusedSql(f"the statement was not sent: {verdict}")
        return verdict

    def _explained(self, sql: str, analyze: bool) -> dict[str, Any]:
        verdict = self._allowed(sql, meaning=True)
        if verdict.statement != "select":
            raise RefusedSql("only a SELECT can be explained; leave EXPLAIN or SHOW out")
        if verdict.parameters and analyze:
            raise RefusedSql("a statement with $1 cannot be executed; put values in place of its parameters")
        if analyze:
            return self._reading(lambda: self._plan(f"EXPLAIN (FORMAT JSON, ANALYZE, BUFFERS) {sql}"))
        return self._reading(lambda: self._estimated(sql, verdict.parameters))

    def _connect(self) -> Connection:
        extra: dict[str, Any] = {"fallback_application_name": "dbengineer", "client_encoding": "utf8"}
        if "connect_timeout" not in conninfo_to_dict(self._url):
            extra["connect_timeout"] = self._limits.connect_s
        try:
            # No statement is ever prepared by name: a pooler may give the next transaction another session.
            connection = psycopg.connect(
                self._url, autocommit=True, prepare_threshold=None, cursor_factory=RawCursor, **extra
            )
        except psycopg.Error as error:
            raise explained(error, self._where, str(conninfo_to_dict(self._url).get("password") or "")) from None
        if connection.info.server_version < OLDEST:
            version = connection.info.parameter_status("server_version")
            connection.close()
            raise TooOld(f"{self._where} is PostgreSQL {version}; dbengineer works with 13 and later: upgrade it first")
        connection.server_cursor_factory = RawServerCursor
        self._watched = _may_watch(connection)
        info = connection.info
        self._at = f"{info.user}@{info.host}:{info.port}/{info.dbname}"
        return connection

    def _look_at_role(self, trust: bool) -> None:
        found = privileges.read(self)
        self.role_problems, self.role_warnings = found.problems, found.warnings
        if found.problems and not trust:
            raise RoleRefused(
                f"the role {found.role} could change the database: {'; '.join(found.problems)}. dbengineer reads "
                "with a role that cannot: `dbengineer role URL` prints its SQL; --trust-role goes on with this one",
                found.problems,
            )

    def _run(self, action: Callable[[], T]) -> T:
        """Runs an action in its own transaction; once more on a new session when the session was lost."""
        with self._lock:
            if self._closed:
                raise Unreachable("the session was closed; open the target again")
            try:
                with self._transaction():
                    return action()
            except psycopg.OperationalError as error:
                if not self._connection.closed or error.sqlstate in ("25P03", "25P04"):
                    raise
                self._reconnect()
            with self._transaction():
                return action()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        connection = self._connection
        try:
            connection.execute(_opening(self._limits, self.version, self._watched))
            yield
        finally:
            if not connection.closed:
                connection.execute(CLEAN if self._dirty else "ROLLBACK")
                self._dirty = False

    def _reconnect(self) -> None:
        self._connection.close()
        deadline = time.monotonic() + self._limits.reconnect_s
        while True:
            try:
                self._connection = self._connect()
                return
            except Unreachable as error:
                if time.monotonic() > deadline:
                    raise Unreachable(f"the session was lost and did not come back: {error}") from None
                time.sleep(0.2)

    def _reading(self, action: Callable[[], T]) -> T:
        """Runs a user's statement: its session is cleaned afterwards and the server's refusal is put into our words."""
        started = time.monotonic()
        limits = self._limits

        def dirty() -> T:
            self._dirty = True
            return action()

        try:
            return self._run(dirty)
        except psycopg.Error as error:
            took_ms = (time.monotonic() - started) * 1000
            lost = self._connection.closed and error.sqlstate not in ("25P03", "25P04")
            if lost:
                raise Unreachable("the session was lost twice; is the server being restarted? try again") from None
            raise failed(error, took_ms, limits.statement_ms, limits.lock_ms) from None

    def _stream(self, sql: str, params: Sequence[object]) -> list[dict[str, Any]]:
        size = CHUNK if psycopg.capabilities.has_stream_chunked() else 1
        rows: list[dict[str, Any]] = []
        with self._connection.cursor(row_factory=dict_row) as cursor:
            for row in cursor.stream(sql, params or None, size=size):
                rows.append(row)
                if len(rows) > self._limits.own_rows:
                    break
        return rows

    def _page(self, sql: str) -> Rows:
        """The first rows through a cursor of the server, so that no more than a page is ever held here."""
        with self._connection.cursor("dbengineer", row_factory=tuple_row) as cursor:
            _texts(cursor)
            cursor.execute(sql)
            columns = tuple(column.name for column in cursor.description or ())
            return _limited(columns, _pages(cursor), self._limits)

    def _whole(self, sql: str) -> Rows:
        """The answer to EXPLAIN or SHOW, for which there are no cursors."""
        with self._connection.cursor(row_factory=tuple_row) as cursor:
            rows = list(cursor.stream(sql))
            columns = tuple(column.name for column in cursor.description or ())
        return _limited(columns, iter(rows), self._limits)

    def _plan(self, sql: str) -> dict[str, Any]:
        plan: dict[str, Any] = self._stream(sql, ())[0]["QUERY PLAN"][0]
        return plan

    def _estimated(self, sql: str, parameters: int) -> dict[str, Any]:
        return self._generic_plan(sql, parameters) if parameters else self._plan(f"EXPLAIN (FORMAT JSON) {sql}")

    def _generic_plan(self, sql: str, parameters: int) -> dict[str, Any]:
        """EXECUTE of a prepared statement shows it on every version; EXPLAIN (GENERIC_PLAN) exists from 16 on."""
        self._connection.execute(f"PREPARE dbengineer AS {sql}", binary=True)
        self._connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        return self._plan(f"EXPLAIN (FORMAT JSON) EXECUTE dbengineer({', '.join(['NULL'] * parameters)})")


def _may_watch(connection: Connection) -> bool:
    """Whether the server can end a statement whose client was killed: 14 and later, on most systems."""
    if connection.info.server_version < 140000:
        return False
    try:
        connection.execute(
            f"BEGIN TRANSACTION READ ONLY; SET LOCAL client_connection_check_interval = {WATCH_MS}; ROLLBACK"
        )
    except psycopg.DatabaseError:
        if not connection.closed:
            connection.execute("ROLLBACK")
        return False
    return True


def _opening(limits: Limits, version: int, watched: bool) -> str:
    """Begins the transaction; the SELECT takes the snapshot after which READ ONLY cannot be undone."""
    settings = {
        "search_path": "pg_catalog",
        "statement_timeout": limits.statement_ms,
        "lock_timeout": limits.lock_ms,
        "idle_in_transaction_session_timeout": limits.idle_ms,
        "standard_conforming_strings": "on",
        "client_min_messages": "error",
        "cursor_tuple_fraction": "1.0",
        "datestyle": "ISO",
        **({"transaction_timeout": limits.transaction_ms} if version >= 170000 else {}),
        **({"client_connection_check_interval": WATCH_MS} if watched else {}),
    }
    lines = [f"SET LOCAL {name} = {value}" for name, value in settings.items()]
    return "; ".join(["BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ ONLY", *lines, "SELECT 1"])


def _numbered(sql: str) -> str:
    """The statement with $1, $2 for each %s and % for %%, so that what the guard sees is what is sent."""
    numbers = iter(range(1, 1000))

    def replaced(found: re.Match[str]) -> str:
        if found[0] not in ("%s", "%%"):
            raise ValueError(f"{found[0]!r} in a statement with parameters; write %% for a percent sign")
        return "%" if found[0] == "%%" else f"${next(numbers)}"

    return re.sub(r"%.?", replaced, sql, flags=re.DOTALL)


def _texts(cursor: psycopg.Cursor[Any]) -> None:
    """Dates stay text, since PostgreSQL's reach further than Python's ('infinity')."""
    for name in ("date", "interval", "timestamp", "timestamptz"):
        cursor.adapters.register_loader(name, TextLoader)


def _pages(cursor: psycopg.Cursor[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    while page := cursor.fetchmany(CHUNK):
        yield from page


def _limited(columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]], limits: Limits) -> Rows:
    kept: list[tuple[Any, ...]] = []
    characters, truncated = 0, False
    for row in rows:
        if len(kept) >= limits.rows or characters > limits.characters:
            return Rows(columns=columns, rows=tuple(kept), truncated=True)
        cells = tuple(_cell(value, limits.cell) for value in row)
        truncated = truncated or any(isinstance(cell, str) and cell.endswith(CUT) for cell in cells)
        characters += sum(len(str(cell)) for cell in cells)
        kept.append(cells)
    return Rows(columns=columns, rows=tuple(kept), truncated=truncated)


def _cell(value: Any, longest: int) -> Any:
    """A value as it is, or the start of its text where that is too long."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    text = value.hex() if isinstance(value, bytes) else value if isinstance(value, str) else str(value)
    if len(text) > longest:
        return text[:longest] + CUT
    return text if isinstance(value, bytes) else value
