"""The verdict on a migration by running it: what was measured wins about work, locks and errors, the text about the rest."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg

from dbengineer.tools.migrations.clones import Clones
from dbengineer.tools.migrations.linting import applying, lint, reading, watching
from dbengineer.tools.migrations.linting.known import Known
from dbengineer.tools.migrations.linting.reading import Statement
from dbengineer.tools.migrations.linting.rule import Finding, Found, Rule
from dbengineer.tools.migrations.linting.rules import failing, holding, indexes, rows, surprises
from dbengineer.tools.migrations.linting.watching import Client, Seen
from dbengineer.tools.migrations.locks import STRENGTH, spelled
from dbengineer.tools.migrations.running import words
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server

MEASURED = Rule(
    name="work-under-lock",
    catches="work on every row of a large table under a lock that blocks others, as seen when it was run",
    why="whoever needs the table waits until it is done",
    works=True,
)
# An UPDATE of so many rows at once is too large for a batch whatever the table's size.
MOST_ROWS = 10_000
KEPT_TEMPLATES = 8
# What is missing in scratch and may well be there where the migration is for: tables, columns, types, schemas,
# functions without a schema to run on; files and features that an extension would bring.
MISSING = {"42P01", "42703", "42704", "3F000", "42883"}
NO_EXTENSION = {"58P01", "0A000"}


class NotRun(Exception):
    """The schema that a migration is for could not be built in scratch; the message says why."""


class Judge:
    """Judges migrations on one scratch server, each in a fresh database; a context manager."""

    def __init__(self, pg_bin: Path | None = None) -> None:
        self._server = Server.start(pg_bin=pg_bin)
        self._clones = Clones(self._server)
        self._templates: dict[str, Database] = {}
        self._numbers = itertools.count()

    def __enter__(self) -> Judge:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Stops the server."""
        self._clones.close()
        for template in self._templates.values():
            template.close()
        self._server.stop()

    def lint(self, sql: str, setup: str | None, *, transactional: bool = False) -> list[Finding]:
        """What is wrong with a migration of a schema. Raises Unreadable, and NotRun where there is no schema."""
        statements = reading.read(sql, transactional=transactional)
        before = reading.read(setup or "")
        known = applying.build(setup, version=self._server.binaries.major)
        with self._clones.lend(self._template(setup or "", before)) as loan:
            client = Client(loan.database, watching.settings(before))
            try:
                watching.sizes_of(known, sizes := client.sizes())
                seen = list(client.run(statements, transactional=transactional))
            finally:
                client.close()
        if setup is None:
            seen = [_unless_missing(s) for s in seen]
        return list(_combined(statements, seen, known, sizes))

    def _template(self, setup: str, statements: list[Statement]) -> Database:
        key = hashlib.sha256(setup.encode()).hexdigest()
        if key not in self._templates:
            if len(self._templates) >= KEPT_TEMPLATES:
                self._forget(next(iter(self._templates)))
            database = self._server.create(f"schema{next(self._numbers)}")
            try:
                _build(database, statements)
            except psycopg.Error as refused:
                database.close()
                self._server.drop(database.name)
                raise NotRun(f"its schema cannot be built in scratch: {words(refused)}") from None
            self._templates[key] = database
        return self._templates[key]

    def _forget(self, key: str) -> None:
        self._clones.close()
        self._clones = Clones(self._server)
        database = self._templates.pop(key)
        database.close()
        self._server.drop(database.name)


def _build(database: Database, statements: list[Statement]) -> None:
    """Makes a schema; roles belong to the whole server, and one that an earlier schema brought is taken as it is."""
    for statement in statements:
        role = statement.tree.role if statement.kind == "create_role_stmt" else ""
        if not (role and database.query("SELECT FROM pg_roles WHERE rolname = %s", [role])):
            database.script(statement.text)


def _unless_missing(seen: Seen) -> Seen:
    """Without a schema, what fails for want of it says nothing."""
    return seen.model_copy(update={"ran": False, "error": ""}) if seen.code in MISSING else seen


def _combined(
    statements: list[Statement], seen: Sequence[Seen], known: Known, sizes: dict[str, int]
) -> Iterator[Finding]:
    large = {name for name, rows in sizes.items() if rows >= known.big}
    told: dict[int, list[Found]] = {}
    for number, found in lint.Reading(known, statements).findings():
        told.setdefault(number, []).append(found)
    for number, (statement, saw) in enumerate(zip(statements, seen, strict=True)):
        for found in _both(statement, saw, told.get(number, []), large, sizes):
            yield lint.finding(statement, found)


def _both(
    statement: Statement, saw: Seen, told: list[Found], large: set[str], sizes: dict[str, int]
) -> Iterator[Found]:
    """The findings that stand: of the text where running cannot tell, and those that running has confirmed or added."""
    if not saw.ran or saw.code in NO_EXTENSION:
        yield from told
        return
    measured = list(_measured(statement, saw, large, sizes))
    kinds = {m.rule.name for m in measured}
    for found in told:
        if found.rule.shown_by == "text" or saw.error or _confirmed(found.rule, kinds):
            yield found
    names = {f.rule.name for f in told}
    for found in measured:
        if not _covered(found.rule, told, names):
            yield found


def _confirmed(rule: Rule, measured: set[str]) -> bool:
    """Whether what was measured bears a finding of the text out."""
    held = {holding.SLOW.name, holding.VALIDATE.name, holding.TOGETHER.name}
    if rule.name in held:
        return bool(measured & {holding.SLOW.name, MEASURED.name})
    return rule.name in measured or (rule.works and MEASURED.name in measured and rule is not rows.UNBATCHED)


def _covered(rule: Rule, told: list[Found], names: set[str]) -> bool:
    """Whether the text says already what was measured, and better."""
    if rule is MEASURED:
        return any(f.rule.works and f.rule not in (rows.UNBATCHED, holding.SLOW) for f in told)
    if rule in (failing.FAILS, failing.ROWS):
        return any(f.rule.shown_by == "run" and not f.rule.works for f in told)
    return rule.name in names or (rule is holding.SLOW and holding.VALIDATE.name in names)


def _measured(statement: Statement, saw: Seen, large: set[str], sizes: dict[str, int]) -> Iterator[Found]:
    if saw.error:
        yield _failure(statement, saw)
        return
    safe = "-- see what else is found in this file; where nothing is: in a window in which the table is not used"
    for name in sorted(large):
        mode = saw.held.get(name, "")
        work = [what for what, table in saw.work if table == name]
        scanned = saw.read.get(name, 0) >= sizes[name]
        if (work or scanned) and STRENGTH.get(mode, 0) >= STRENGTH["ShareLock"]:
            what = ", ".join(work) or "full scan"
            yield MEASURED.found(f"{what} of {name} ({sizes[name]:,} rows) under {spelled(mode)}", safe)
        changed = saw.changed.get(name, 0)
        if changed >= MOST_ROWS or changed * 2 >= sizes[name]:
            yield rows.UNBATCHED.found(f"{changed:,} of {sizes[name]:,} rows of {name}", safe)
    yield from _under_locks(statement, saw, large, sizes)
    if saw.sequences_back:
        yield surprises.SEQUENCE.found(", ".join(saw.sequences_back), "SELECT setval(…, (SELECT max(…) FROM …));")
    if statement.kind == "index_stmt" and statement.tree.idxname in saw.invalid_indexes:
        name = statement.tree.idxname
        yield indexes.TRAP.found(name, f"DROP INDEX CONCURRENTLY {name};\n{statement.text};")


def _under_locks(statement: Statement, saw: Seen, large: set[str], sizes: dict[str, int]) -> Iterator[Found]:
    """Work that takes long while earlier statements of the transaction hold strong locks on tables that were there."""
    strong = sorted(t for t, mode in saw.before.items() if t in sizes and STRENGTH[mode] >= STRENGTH["ShareRowExclusiveLock"])
    busy = {n for n, _ in saw.work if n in large} | {n for n in large if saw.read.get(n, 0) >= sizes[n]}
    busy |= {table for _, table in saw.work if table in large} | {n for n in large if saw.changed.get(n, 0) * 2 >= sizes[n]}
    if strong and busy:
        safe = f"COMMIT;\n-- in the next transaction:\n{statement.text};"
        yield holding.SLOW.found(f"{', '.join(strong)} stays locked during work on {', '.join(sorted(busy))}", safe)


def _failure(statement: Statement, saw: Seen) -> Found:
    of_rows = saw.code.startswith(("22", "23"))
    safe = "-- correct what the server complains about, then rehearse again; nothing of this statement was kept"
    return (failing.ROWS if of_rows else failing.FAILS).found(saw.error, safe)
