"""The memory of runs: a file in the report's folder, or a PostgreSQL of our own; never the target."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbengineer.agent import state as words
from dbengineer.tools import facts
from dbengineer.tools.facts import Fact

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver


@contextmanager
def opened(folder: Path, state_url: str | None = None) -> Iterator[BaseCheckpointSaver[Any]]:
    """The memory in a folder, or in the database of `state_url`; it restores no class but ours."""
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    serde = JsonPlusSerializer(allowed_msgpack_modules=our_classes())
    if state_url:
        from langgraph.checkpoint.postgres import PostgresSaver

        with PostgresSaver.from_conn_string(state_url) as saver:
            saver.serde = serde
            saver.setup()
            yield saver
        return
    from langgraph.checkpoint.sqlite import SqliteSaver

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = sqlite3.connect(folder / "state.sqlite", check_same_thread=False)
    try:
        yield SqliteSaver(connection, serde=serde)
    finally:
        connection.close()


def our_classes() -> list[tuple[str, str]]:
    """The classes that a state may hold."""
    every = [value for module in (facts, words) for value in vars(module).values()]
    kinds = {v for v in every if isinstance(v, type) and issubclass(v, Fact)}
    return sorted((kind.__module__, kind.__name__) for kind in kinds)
