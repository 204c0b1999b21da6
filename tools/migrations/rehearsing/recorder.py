"""Runs in a process of its own: drives a user's Alembic project through Alembic's API and writes down what it runs.

It is given the address of a scratch database alone. It takes one JSON object a line on standard input and answers with
one on the file descriptor that its last argument names. It imports nothing of dbengineer, so that the project's own
Python can run it.
"""

from __future__ import annotations

import io
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any


class Recorder:
    """Sends every connection to scratch and keeps the statements that a revision runs, a list a transaction."""

    def __init__(self, ini: str) -> None:
        from alembic.config import Config
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        self.ini = ini
        self.config = Config(ini, stdout=io.StringIO())
        self.parameters: dict[str, str] = {}
        self.blocks: list[dict[str, Any]] = []
        self.last = ""
        self.engines: set[Any] = set()
        event.listen(Engine, "do_connect", self._connect)
        event.listen(Engine, "engine_connect", self._use)
        event.listen(Engine, "before_cursor_execute", self._before)
        event.listen(Engine, "after_cursor_execute", self._after)
        event.listen(Engine, "commit", self._end)
        event.listen(Engine, "rollback", self._end)
        self._redirect_psycopg()

    def target(self, parameters: dict[str, str]) -> None:
        """Names the scratch database that all connections go to."""
        self.parameters = parameters
        url = "postgresql+{}://{user}@/{dbname}?host={host}&port={port}"
        self.config.set_main_option("sqlalchemy.url", url.format(_driver(), **parameters).replace("%", "%%"))

    def _connect(self, dialect: Any, record: Any, arguments: list[Any], named: dict[str, Any]) -> None:
        name = "database" if dialect.driver in ("asyncpg", "pg8000") else "dbname"
        arguments.clear()
        named.clear()
        named.update({"host": self.parameters["host"], "port": int(self.parameters["port"])})
        named.update({"user": self.parameters["user"], name: self.parameters["dbname"]})

    def _use(self, connection: Any) -> None:
        self.engines.add(connection.engine)

    def leave(self) -> None:
        """Gives up the connections that the project's engines keep: a database in use cannot be cloned."""
        while self.engines:
            self.engines.pop().dispose()

    def _redirect_psycopg(self) -> None:
        try:
            import psycopg
        except ImportError:
            return
        connect = psycopg.Connection.connect

        def redirected(conninfo: str = "", **named: Any) -> Any:
            kept = {k: v for k, v in named.items() if k in ("autocommit", "row_factory", "cursor_factory", "context")}
            kept.setdefault("prepare_threshold", None)
            return connect("", **{**kept, **self.parameters})

        setattr(psycopg, "connect", redirected)  # noqa: B010
        setattr(psycopg.Connection, "connect", redirected)  # noqa: B010

    def _before(self, connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
        self.last = statement

    def _after(self, connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
        if self._internal(statement):
            return
        raw = connection.connection.dbapi_connection
        alone = bool(getattr(raw, "autocommit", False))
        texts = [_whole(raw, statement, v) for v in (values if many else [values])]
        if alone:
            self.blocks += [{"statements": [t], "transaction": False} for t in texts]
            return
        if not self.blocks or not self.blocks[-1].get("open"):
            self.blocks.append({"statements": [], "transaction": True, "open": True})
        self.blocks[-1]["statements"] += texts

    def _internal(self, statement: str) -> bool:
        words = statement.lower()
        reading = words.lstrip().startswith(("select", "show"))
        return "version_num" in words or (reading and "pg_catalog" in words)

    def _end(self, connection: Any) -> None:
        if self.blocks:
            self.blocks[-1].pop("open", None)

    def do(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Does one thing that was asked and answers with the statements that were run."""
        from alembic import command

        if asked["do"] == "look":
            return self._look()
        self.target(asked["database"])
        self.blocks = []
        self.last = ""
        if asked["do"] == "stamp":
            command.stamp(self.config, asked["to"], purge=True)
        elif asked["do"] in ("upgrade", "offline"):
            command.upgrade(self.config, asked["to"], sql=asked["do"] == "offline")
        else:
            command.downgrade(self.config, asked["to"])
        return {"blocks": [{k: b[k] for k in ("statements", "transaction")} for b in self.blocks]}

    def _look(self) -> dict[str, Any]:
        """The revisions from the base up, and the heads."""
        from alembic.script import ScriptDirectory

        scripts = ScriptDirectory.from_config(self.config)
        every = list(scripts.walk_revisions())[::-1]
        return {
            "heads": list(scripts.get_heads()),
            "versions": scripts.versions,
            "revisions": [
                {"id": r.revision, "down": r.down_revision, "doc": (r.doc or "").strip(), "path": r.path} for r in every
            ],
        }


def _driver() -> str:
    import importlib.util

    for name in ("psycopg", "psycopg2", "asyncpg", "pg8000"):
        if importlib.util.find_spec(name):
            return name
    raise SystemExit("no PostgreSQL driver is installed beside Alembic; install psycopg")


def _whole(raw: Any, statement: str, values: Any) -> str:
    """The statement with its values, as the driver would write them."""
    if not values:
        return statement.replace("%%", "%") if values is not None and "%%" in statement else statement
    try:
        import psycopg

        return str(psycopg.ClientCursor(raw).mogrify(statement, values))
    except (ImportError, TypeError, AttributeError):
        cursor = raw.cursor()
        return str(cursor.mogrify(statement, values).decode()) if hasattr(cursor, "mogrify") else statement


def main() -> None:
    """Answers until standard input ends."""
    ini, answers = sys.argv[1], os.fdopen(int(sys.argv[2]), "w")
    sys.path.insert(0, str(Path.cwd()))
    recorder = None
    for line in sys.stdin:
        try:
            recorder = recorder or Recorder(ini)
            answer = recorder.do(json.loads(line))
        except BaseException as error:  # whatever a project's own code raises is an answer
            blocks = [{k: b[k] for k in ("statements", "transaction")} for b in recorder.blocks] if recorder else []
            answer = {
                "error": f"{type(error).__name__}: {error}".splitlines()[0][:500],
                "where": _where(error),
                "failed": recorder.last if recorder else "",
                "blocks": blocks,
            }
        if recorder:
            recorder.leave()
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _where(error: BaseException) -> str:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "site-packages" not in f.filename]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""


if __name__ == "__main__":
    main()
