"""The meaning floor: what a server makes of a statement, looked at on a copy that has the schema and no rows.

The server resolves the statement and keeps the result as the body of a function that is never called; every function,
operator, cast, type, view and policy that it resolved to has to be known to do nothing but read.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg

from dbengineer.tools.checking import Reads
from dbengineer.tools.guard import inventory, reading
from dbengineer.tools.guard.resolved import Harm, Walk
from dbengineer.tools.guard.verdict import Allowed, Refused, Verdict
from dbengineer.tools.scratch.database import quoted
from dbengineer.tools.scratch.errors import ScratchError

if TYPE_CHECKING:
    from dbengineer.tools.scratch.database import Database

EXTENSIONS = "SELECT extname AS name FROM pg_extension"
PARAMETERS = "SELECT parameter_types::text[] AS types FROM pg_prepared_statements WHERE name = 'dbengineer_asked'"
BODY = "SELECT prosqlbody::text AS body FROM pg_proc WHERE pronamespace = pg_my_temp_schema() AND proname = %s"
PROBE = "dbengineer_asked"


class Meaning:
    """Judges statements by what they resolve to; `copy` makes a fresh copy of the target, when one is needed."""

    def __init__(self, target: Reads, copy: Callable[[], Database]) -> None:
        self._target = target
        self._copy = copy
        self._lock = threading.Lock()
        self._state = ""
        self._model: Model | None = None

    def __call__(self, sql: str) -> Verdict:
        """The verdict on a statement that the grammar floor has let through."""
        with self._lock:
            try:
                model = self.model()
                return model.verdict(sql) if model else Allowed()
            except (ScratchError, psycopg.Error, ValueError, RecursionError) as error:
                words = str(error) if isinstance(error, ScratchError) else type(error).__name__
                why = f"what its names stand for could not be looked up on a copy of the schema: {words}"
                return Refused(why=why, instead="try again; reads of a database with code of its own need that copy")

    def model(self) -> Model | None:
        """The copy as the target is now; None where the target has no code of its own."""
        now = inventory.state(self._target)
        if now != self._state:
            self._close()
            code = inventory.code(self._target)
            self._model = Model(self._copy(), code) if inventory.users(code) else None
            self._state = now
        return self._model

    def _close(self) -> None:
        if self._model:
            self._model.database.close()
        self._model, self._state = None, ""

    def close(self) -> None:
        """Leaves the copy."""
        with self._lock:
            self._close()


class Model:
    """The copy, what it lacks of the target's code, and what was found harmless on it."""

    def __init__(self, database: Database, code: dict[inventory.Line, bool]) -> None:
        self.database = database
        database.script("SET search_path = pg_catalog; SET check_function_bodies = off; SET statement_timeout = '10s'")
        here = inventory.code(database)
        self.missing = inventory.missing(code, here)
        self.casts = inventory.casts(code, here, database)
        self.extensions = frozenset(row["name"] for row in database.query(EXTENSIONS))
        self.harmless: set[tuple[str, int]] = set()

    def verdict(self, sql: str) -> Verdict:
        """Allowed when the grammar floor allows it and all that it resolves to is harmless."""
        said = reading.check(sql, extensions=self.extensions, analyze=True)
        if not said.allowed or said.statement == "show":
            return said
        return self.meant(explained(sql) if said.statement == "explain" else sql, said.parameters) or said

    def meant(self, sql: str, parameters: int = 0) -> Refused | None:
        """Why one SELECT is refused for what it resolves to."""
        if self.casts:
            return Refused(
                why=f"the copy of the schema lacks the cast {self.casts[0]}", instead="look into its function"
            )
        try:
            walk = Walk(self.database, self.missing, self.harmless, self.body)
            walk.tree(self.tree(sql, parameters))
            walk.run()
        except Harm as harm:
            return Refused(why=harm.why, instead=harm.instead)
        self.harmless |= walk.seen
        return None

    def tree(self, sql: str, parameters: int) -> str:
        """What the server resolves a statement to; raises Harm where it cannot."""
        try:
            with self._undone():
                return self._resolved(PROBE, self._types(sql) if parameters else [], sql)
        except psycopg.Error as error:
            said = error.diag.message_primary or type(error).__name__
            raise Harm(
                f"a copy of the schema cannot resolve it: {said}",
                "write names with their schema; what the role may not see, or scratch lacks, cannot be read here",
            ) from None

    def body(self, function: dict[str, Any]) -> str:
        """What the text of a user's SQL function resolves to; raises Harm where it does not only read."""
        said = reading.check(function["prosrc"], extensions=self.extensions)
        if isinstance(said, Refused) or said.statement != "select":
            why = said.why if isinstance(said, Refused) else "it is not a SELECT"
            raise Harm(f"it calls {function['title']}, in whose text {why}", "read the tables without this function")
        arguments = [
            f"{quoted(name) if name else ''} {kind}"
            for name, kind in zip(function["names"], function["types"], strict=True)
        ]
        try:
            with self._undone():
                if function["path"] is not None:
                    self.database.query("SELECT set_config('search_path', %s, true)", (function["path"],))
                return self._resolved(function["proname"], arguments, function["prosrc"])
        except psycopg.Error:
            raise Harm(
                f"it calls {function['title']}, whose text means nothing certain without its caller",
                "read the tables without this function",
            ) from None

    def _types(self, sql: str) -> list[str]:
        self.database.connection.execute(f"PREPARE {PROBE} AS {sql}", binary=True)
        try:
            types: list[str] = self.database.query(PARAMETERS)[0]["types"]
            return types
        finally:
            self.database.connection.execute(f"DEALLOCATE {PROBE}")

    def _resolved(self, name: str, arguments: list[str], sql: str) -> str:
        """Makes the function that holds the statement; one message of the extended protocol, so one statement."""
        head = f"CREATE FUNCTION pg_temp.{quoted(name)}({', '.join(arguments)}) RETURNS void LANGUAGE sql"
        self.database.connection.execute(f"{head} BEGIN ATOMIC {sql}\n; END", binary=True)
        tree: str = self.database.query(BODY, (name,))[0]["body"]
        return tree

    @contextmanager
    def _undone(self) -> Iterator[None]:
        with self.database.connection.transaction(force_rollback=True):
            yield


def explained(sql: str) -> str:
    """The statement behind EXPLAIN and its options."""
    import postgast

    tokens = [token for token in postgast.scan(sql).tokens if _name(token) not in ("SQL_COMMENT", "C_COMMENT")]
    place = 1
    if _text(sql, tokens[1]) == "(" and _options(sql, tokens):
        place = next(n for n, token in enumerate(tokens) if _text(sql, token) == ")") + 1
    while _text(sql, tokens[place]).lower() in ("analyze", "analyse", "verbose"):
        place += 1
    return sql.encode()[tokens[place].start :].decode()


def _options(sql: str, tokens: list[Any]) -> bool:
    """Whether the first parenthesis holds options and not a SELECT of its own."""
    word = next(_text(sql, token) for token in tokens[1:] if _text(sql, token) != "(")
    return not re.fullmatch(r"select|with|values|table", word, re.IGNORECASE)


def _name(token: Any) -> str:
    field = token.DESCRIPTOR.fields_by_name["token"]
    return str(field.enum_type.values_by_number[token.token].name)


def _text(sql: str, token: Any) -> str:
    return sql.encode()[token.start : token.end].decode()
