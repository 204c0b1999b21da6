"""A migration run in scratch as a client would run it, and what each of its statements did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psycopg

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations.linting import nested, trees
from dbengineer.tools.migrations.linting.reading import ENDS, Statement
from dbengineer.tools.migrations.locks import STRENGTH, Held
from dbengineer.tools.migrations.running import Runner, words
from dbengineer.tools.migrations.statements import alone
from dbengineer.tools.scratch.database import Database, quoted

RELATIONS = """
SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_(toast|temp)'"""
COUNTERS = """
SELECT format('%I.%I', schemaname, relname) AS name, seq_tup_read AS read, n_tup_upd + n_tup_del AS changed,
    n_tup_ins AS added
FROM pg_catalog.pg_stat_xact_user_tables"""
SEQUENCES = "SELECT schemaname AS schema, sequencename AS name FROM pg_sequences"
INVALID = """
SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT i.indisvalid AND c.relkind = 'i'"""
# What would change more than this database, or end the session that it runs in.
NOT_HERE = {"alter_system_stmt", "createdb_stmt", "dropdb_stmt", "create_table_space_stmt", "drop_table_space_stmt"}
OPENS = {"TRANS_STMT_BEGIN", "TRANS_STMT_START"}

Counts = dict[str, dict[str, int]]


class Seen(Fact):
    """What one statement did when it was run; tables by qualified name.

    `held` has the strongest lock of the transaction so far on each table that was there, `before` the same before this
    statement. `work` has what the server said it does: ("index build", "public.orders"). `read` counts rows read by
    scans, `changed` rows updated and deleted by the transaction so far, `added` rows inserted.
    """

    ran: bool = True
    error: str = ""
    code: str = ""
    held: dict[str, str] = {}
    before: dict[str, str] = {}
    work: tuple[tuple[str, str], ...] = ()
    read: dict[str, int] = {}
    changed: dict[str, int] = {}
    added: dict[str, int] = {}
    sequences_back: tuple[str, ...] = ()
    invalid_indexes: tuple[str, ...] = ()


class Client:
    """A client that runs a migration, statement by statement, until one fails."""

    def __init__(self, database: Database, settings: list[str]) -> None:
        self._runner = Runner(database)
        self._held: dict[str, str] = {}
        self._changed: dict[str, int] = {}
        self.there = set(self.sizes())
        for setting in settings:
            self._runner.worker.script(setting)

    def close(self) -> None:
        """Ends the sessions."""
        self._runner.close()

    def sizes(self) -> dict[str, int]:
        """The rows of every table, counted."""
        observer = self._runner.observer
        found = {}
        for row in observer.query(RELATIONS):
            name = quoted(row["schema"], row["name"])
            with suppress(psycopg.Error):  # a materialized view that was never filled
                counted = observer.query(f"SELECT count(*) AS rows FROM {name}")
                found[trees.named([row["schema"], row["name"]])] = int(counted[0]["rows"])
        return found

    def run(self, statements: list[Statement], *, transactional: bool) -> Iterator[Seen]:
        """Runs them in order; after an error, what follows is not run."""
        whole = transactional and all(s.block == 0 for s in statements)
        if whole:
            self._begin()
        failed = False
        for statement in statements:
            seen = Seen(ran=False) if failed or statement.kind in NOT_HERE else self._one(statement)
            failed = failed or bool(seen.error)
            yield seen
        if whole and not failed:
            with suppress(psycopg.Error):
                self._runner.worker.script("COMMIT")

    def _one(self, statement: Statement) -> Seen:
        if statement.transaction:
            return self._boundary(statement)
        if alone(statement.text) or _manages_transactions(statement):
            return self._outside(statement)
        if statement.block is not None:
            return self._inside(statement)
        self._begin()
        seen = self._inside(statement)
        return seen if seen.error else self._end("COMMIT", seen)

    def _begin(self) -> None:
        self._held, self._changed = {}, {}
        self._runner.worker.script("BEGIN")

    def _end(self, how: str, seen: Seen) -> Seen:
        """Ends a transaction; constraints that were deferred are checked then."""
        try:
            self._runner.worker.script(how)
            return seen
        except psycopg.Error as refused:
            return seen.model_copy(update={"error": words(refused), "code": refused.sqlstate or ""})

    def _boundary(self, statement: Statement) -> Seen:
        seen = self._end(statement.text, Seen())
        if statement.transaction in OPENS | ENDS:
            self._held, self._changed = {}, {}
        return seen

    def _outside(self, statement: Statement) -> Seen:
        if statement.block is not None or not alone(statement.text):
            return self._end(statement.text, Seen())  # refused in a transaction, or one that has its own
        step = self._runner.run(statement.text)
        held = _strongest({}, step.locks)
        work = [*_work(step.work), *(("rewrite", _short(name)) for name in step.rewrites)]
        return Seen(error=step.error, code=step.code, held=held, work=tuple(work), invalid_indexes=self._invalid())

    def _inside(self, statement: Statement) -> Seen:
        before, start, sequences = dict(self._held), self._counters(), self._sequences(statement)
        step = self._runner.run(statement.text)
        self._held = _strongest(self._held, step.locks)
        now = start if step.error else self._counters()
        for name, rows in _grown(start, now, "changed").items():
            self._changed[name] = self._changed.get(name, 0) + rows
        return Seen(
            error=step.error,
            code=step.code,
            held=dict(self._held),
            before=before,
            work=_work(step.work),
            read=_grown(start, now, "read"),
            changed=dict(self._changed),
            added=_grown(start, now, "added"),
            sequences_back=() if step.error else _back(sequences, self._sequences(statement)),
        )

    def _counters(self) -> Counts:
        return {_short(row.pop("name")): row for row in self._runner.worker.query(COUNTERS)}

    def _sequences(self, statement: Statement) -> dict[str, int]:
        """The numbers that sequences would give out next."""
        if statement.kind not in ("alter_seq_stmt", "select_stmt", "do_stmt"):
            return {}
        worker, found = self._runner.worker, {}
        for row in worker.query(SEQUENCES):
            name = quoted(row["schema"], row["name"])
            state = worker.query(f"SELECT last_value, is_called FROM {name}")[0]
            found[name] = int(state["last_value"]) + int(state["is_called"])
        return found

    def _invalid(self) -> tuple[str, ...]:
        return tuple(row["name"] for row in self._runner.observer.query(INVALID))


def _manages_transactions(statement: Statement) -> bool:
    return statement.kind == "call_stmt" or nested.commits(statement)


def _short(name: str) -> str:
    return name.removeprefix("public.").replace('"', "")


def _strongest(held: dict[str, str], locks: tuple[Held, ...]) -> dict[str, str]:
    best = dict(held)
    for lock in locks:
        name = _short(lock.relation)
        if STRENGTH[lock.mode] >= STRENGTH.get(best.get(name, ""), -1):
            best[name] = lock.mode
    return best


def _work(work: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = (each.partition(": ") for each in work)
    return tuple((what, _short(name)) for what, _, name in pairs)


def _grown(before: Counts, now: Counts, what: str) -> dict[str, int]:
    grown = {name: row[what] - before.get(name, {}).get(what, 0) for name, row in now.items()}
    return {name: rows for name, rows in grown.items() if rows > 0}


def _back(before: dict[str, int], now: dict[str, int]) -> tuple[str, ...]:
    return tuple(name for name, number in before.items() if now.get(name, number) < number)


def settings(statements: list[Statement]) -> list[str]:
    """What a schema's SQL sets for its session, such as the time zone: a client has that too."""
    return [s.text for s in statements if s.kind == "variable_set_stmt"]


def sizes_of(known: Any, sizes: dict[str, int]) -> None:
    """Puts counted rows in the place of estimated ones."""
    for name, rows in sizes.items():
        if name in known.tables:
            known.tables[name].rows = rows
