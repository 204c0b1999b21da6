"""The memory of runs: a file in the report's folder, or a PostgreSQL of our own; never the target."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbengineer.agent import state as words
from dbengineer.tools import facts
from dbengineer.tools.facts import Fact

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.checkpoint.serde.base import SerializerProtocol
    from langgraph.store.base import BaseStore


class MemoryFailed(Exception):
    """The memory of a run cannot be used; the message says where it lies and why, never its password."""


@contextmanager
def opened(folder: Path, state_url: str | None = None) -> Iterator[BaseCheckpointSaver[Any]]:
    """The memory in a folder, or in the database of `state_url`; it restores no class but ours.

    Raises MemoryFailed.
    """
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    serde = JsonPlusSerializer(allowed_msgpack_modules=our_classes())
    with _database(state_url, serde) if state_url else _file(folder, serde) as saver:
        yield saver


@contextmanager
def _database(state_url: str, serde: SerializerProtocol) -> Iterator[BaseCheckpointSaver[Any]]:
    from langgraph.checkpoint.postgres import PostgresSaver

    with ExitStack() as stack:
        with _memory_of(state_url):
            saver = stack.enter_context(PostgresSaver.from_conn_string(state_url))
            saver.serde = serde
            saver.setup()
        yield saver


@contextmanager
def _memory_of(state_url: str) -> Iterator[None]:
    """Says why the database of `state_url` cannot be used, without its password."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    from dbengineer.tools.target_errors import BadUrl, address, explained

    try:
        where = address(state_url)
        yield
    except BadUrl as error:
        raise MemoryFailed(f"DBENGINEER_STATE_URL: {error}") from None
    except psycopg.Error as error:
        password = str(conninfo_to_dict(state_url).get("password") or "")
        why = error.diag.message_primary or explained(error, where, password)
        raise MemoryFailed(f"the memory of runs (DBENGINEER_STATE_URL) cannot be used: {why}") from None


@contextmanager
def _file(folder: Path, serde: SerializerProtocol) -> Iterator[BaseCheckpointSaver[Any]]:
    from langgraph.checkpoint.sqlite import SqliteSaver

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        connection = sqlite3.connect(folder / "state.sqlite", check_same_thread=False)
        try:
            yield SqliteSaver(connection, serde=serde)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise MemoryFailed(
            f"the memory of the run in {folder} cannot be used: {error}; free space on the disk if it is full, "
            "else remove that folder and begin a new review"
        ) from error


@contextmanager
def kept(folder: Path, state_url: str | None = None) -> Iterator[BaseStore]:
    """What outlives a server: conversations, reviews, requests that were seen; where runs are remembered as well.

    Raises MemoryFailed.
    """
    with _kept_in_database(state_url) if state_url else _kept_in_file(folder) as store:
        yield store


@contextmanager
def _kept_in_database(state_url: str) -> Iterator[BaseStore]:
    from langgraph.store.postgres import PoolConfig, PostgresStore

    with ExitStack() as stack:
        with _memory_of(state_url):
            pool: PoolConfig = {"min_size": 1, "max_size": 4, "kwargs": {"connect_timeout": 10}}
            store = stack.enter_context(PostgresStore.from_conn_string(state_url, pool_config=pool))
            store.setup()
        yield store


@contextmanager
def _kept_in_file(folder: Path) -> Iterator[BaseStore]:
    from langgraph.store.sqlite import SqliteStore

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "server.sqlite"
    try:
        path.touch(mode=0o600)
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        store = SqliteStore(connection)
        store.setup()
    except sqlite3.Error as error:
        raise MemoryFailed(f"the server's memory {path} cannot be used: {error}; move it away to begin anew") from error
    try:
        yield store
    finally:
        connection.close()


@contextmanager
def lease(name: str, folder: Path, state_url: str | None = None) -> Iterator[bool]:
    """Whether a piece of work is ours alone among all servers of one memory, for as long as the block lasts.

    It ends with the process that holds it, however that dies: an advisory lock of the database, or a file's.
    Raises MemoryFailed.
    """
    with _lease_in_database(name, state_url) if state_url else _lease_in_file(name, folder) as ours:
        yield ours


@contextmanager
def _lease_in_database(name: str, state_url: str) -> Iterator[bool]:
    from langgraph.store.postgres import PostgresStore

    # A server that has vanished from the network is found out within a minute, and its lock is let go.
    alive = {"tcp_keepalives_idle": "20", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}
    with ExitStack() as stack:
        with _memory_of(state_url):
            store = stack.enter_context(PostgresStore.from_conn_string(state_url))
            cursor = stack.enter_context(store._cursor())
            for setting in alive.items():
                cursor.execute("SELECT set_config(%s, %s, false)", setting)
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0)) AS ours", [name])
            row = cursor.fetchone()
        yield bool(row and row["ours"])


@contextmanager
def _lease_in_file(name: str, folder: Path) -> Iterator[bool]:
    from dbengineer.tools.scratch.folders import Lock

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = Lock(folder / f"{name}.lease")
    try:
        yield lock.take()
    finally:
        lock.release()


def our_classes() -> list[tuple[str, str]]:
    """The classes that a state may hold."""
    every = [value for module in (facts, words) for value in vars(module).values()]
    kinds = {v for v in every if isinstance(v, type) and issubclass(v, Fact)}
    return sorted((kind.__module__, kind.__name__) for kind in kinds)
