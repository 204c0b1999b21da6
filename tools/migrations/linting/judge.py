"""The verdict on a migration by running it: measured work, locks and errors win, the text has the rest."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import psycopg

from dbengineer.tools.migrations.linting import applying, lint, reading, watching, wiping
from dbengineer.tools.migrations.linting.known import Known
from dbengineer.tools.migrations.linting.reading import Statement
from dbengineer.tools.migrations.linting.rule import Finding, Found, Rule
from dbengineer.tools.migrations.linting.rules import failing, holding, indexes, partitions, rows, surprises
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
# What is missing where no schema was given and may well be there where the migration is for: tables, columns, types,
# schemas, functions.
MISSING = {"42P01", "42703", "42704", "3F000", "42883"}


ELSE = "-- what else is found in this file shows the way; where nothing is: in a window in which the table is not used"


class Sizes(NamedTuple):
    """The tables before a migration: those that are large, those that are materialized views, and the rows of all.

    `counted`: there are as many rows in scratch.
    """

    large: set[str]
    views: set[str]
    rows: dict[str, int]
    counted: bool = True

    @classmethod
    def of(cls, known: Known, rows: dict[str, int]) -> Sizes:
        """The tables of a schema before a migration, with their rows."""
        large = {name for name, count in rows.items() if count >= known.big}
        return cls(large, {name for name, table in known.tables.items() if table.kind == "materialized"}, rows)

    def blocking(self, name: str) -> int:
        """The strength from which a lock keeps somebody waiting; nobody writes a materialized view."""
        return STRENGTH["AccessExclusiveLock" if name in self.views else "ShareLock"]


class NotRun(Exception):
    """The schema that a migration is for could not be built in scratch; the message says why."""


class Judge:
    """Judges migrations on one scratch server, each in an empty database; a context manager."""

    def __init__(self, pg_bin: Path | None = None) -> None:
        self._server = Server.start(pg_bin=pg_bin)
        self._numbers = itertools.count()
        self._database: Database | None = None

    def __enter__(self) -> Judge:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Stops the server."""
        if self._database:
            self._database.close()
        self._server.stop()

    @property
    def version(self) -> int:
        """The major version of the server."""
        return self._server.binaries.major

    def lint(self, sql: str, setup: str | None, *, transactional: bool = False) -> list[Finding]:
        """What is wrong with a migration of a schema. Raises Unreadable, and NotRun where there is no schema."""
        statements = reading.read(sql, transactional=transactional)
        before = reading.read(setup or "")
        known = applying.build(setup, version=self._server.binaries.major)
        database = self._empty()
        _build(database, before)
        seen, counted = _ran(database, statements, watching.settings(before), transactional)
        watching.sizes_of(known, counted)
        if setup is None:
            seen = [_unless_missing(s) for s in seen]
        return list(_combined(statements, seen, known, Sizes.of(known, counted)))

    def _empty(self) -> Database:
        """The database of the last migration, emptied, or a new one where something cannot be removed from it."""
        if self._database and not wiping.wiped(self._database):
            self._database.close()
            self._server.drop(self._database.name)
            self._database = None
        self._database = self._database or self._server.create(f"rehearsal{next(self._numbers)}")
        return self._database


def on_copy(copy: Database, sql: str, known: Known, *, transactional: bool = False) -> list[Finding]:
    """What is wrong with a migration of a copy without rows, whose sizes are those that are known.

    What only rows show is left to the text. Raises Unreadable.
    """
    statements = reading.read(sql, transactional=transactional)
    seen, _ = _ran(copy, statements, [], transactional)
    rows_there = {name: t.rows for name, t in known.tables.items() if t.rows is not None and t.kind != "view"}
    return list(_combined(statements, seen, known, Sizes.of(known, rows_there)._replace(counted=False)))


def _ran(
    database: Database, statements: list[Statement], settings: list[str], transactional: bool
) -> tuple[list[Seen], dict[str, int]]:
    client = Client(database, settings)
    try:
        sizes = client.sizes()
        return list(client.run(statements, transactional=transactional)), sizes
    finally:
        client.close()


def _build(database: Database, statements: list[Statement]) -> None:
    try:
        for statement in statements:
            database.script(statement.text)
    except psycopg.Error as refused:
        raise NotRun(f"its schema cannot be built in scratch: {words(refused)}") from None
    finally:
        database.connection.rollback()
        database.script("DISCARD ALL")


def _unless_missing(seen: Seen) -> Seen:
    """Without a schema, what fails for want of it says nothing."""
    return seen.model_copy(update={"ran": False, "error": ""}) if seen.code in MISSING else seen


def _combined(statements: list[Statement], seen: Sequence[Seen], known: Known, sizes: Sizes) -> Iterator[Finding]:
    told: dict[int, list[Found]] = {}
    for number, found in lint.Reading(known, statements).findings():
        told.setdefault(number, []).append(found)
    for number, (statement, saw) in enumerate(zip(statements, seen, strict=True)):
        for found in _both(statement, saw, told.get(number, []), sizes):
            yield lint.finding(statement, found)


def _both(statement: Statement, saw: Seen, told: list[Found], sizes: Sizes) -> Iterator[Found]:
    """The findings that stand: of the text where running cannot tell, and those that running has confirmed or added."""
    if not saw.ran or (saw.error and statement.kind == "create_extension_stmt"):
        yield from told  # an extension that is not installed here may be there
        return
    measured = list(_measured(statement, saw, sizes))
    kinds = {m.rule.name for m in measured}
    for found in told:
        if not _tellable(found.rule, statement, sizes) or saw.error or _confirmed(found.rule, kinds):
            yield found
    names = {f.rule.name for f in told}
    for found in measured:
        if not _covered(found.rule, told, names):
            yield found


def _tellable(rule: Rule, statement: Statement, sizes: Sizes) -> bool:
    """Whether running shows if a rule is right; without rows only what the server says of its work does."""
    said = statement.kind in ("alter_table_stmt", "index_stmt") and rule.works and rule is not partitions.DEFAULT
    return rule.shown_by == "run" and (sizes.counted or said)


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


def _measured(statement: Statement, saw: Seen, sizes: Sizes) -> Iterator[Found]:
    if saw.error:
        yield _failure(statement, saw)
        return
    for name in sorted(sizes.large):
        if (work := _work(saw, name, sizes)) and STRENGTH.get(saw.held.get(name, ""), 0) >= sizes.blocking(name):
            mode = spelled(saw.held[name])
            yield MEASURED.found(f"{', '.join(work)} of {name} ({sizes.rows[name]:,} rows) under {mode}", ELSE)
        changed = saw.changed.get(name, 0)
        if changed >= MOST_ROWS or changed * 2 >= sizes.rows[name]:
            yield rows.UNBATCHED.found(f"{changed:,} of {sizes.rows[name]:,} rows of {name}", ELSE)
    yield from _under_locks(statement, saw, sizes)
    if saw.sequences_back:
        yield surprises.SEQUENCE.found(", ".join(saw.sequences_back), "SELECT setval(…, (SELECT max(…) FROM …));")
    if statement.kind == "index_stmt" and statement.tree.idxname in saw.invalid_indexes:
        name = statement.tree.idxname
        yield indexes.TRAP.found(name, f"DROP INDEX CONCURRENTLY {name};\n{statement.text};")


def _work(saw: Seen, name: str, sizes: Sizes) -> list[str]:
    """The work on all rows of a table: as the server said, or as its counters show."""
    said = [what for what, table in saw.work if table == name]
    return said or ["full scan"] * (saw.read.get(name, 0) >= sizes.rows[name])


def _under_locks(statement: Statement, saw: Seen, sizes: Sizes) -> Iterator[Found]:
    """Work that takes long while earlier statements of the transaction hold strong locks on tables that were there."""
    least = STRENGTH["ShareRowExclusiveLock"]
    strong = sorted(t for t, mode in saw.before.items() if t in sizes.rows and STRENGTH[mode] >= least)
    changed = {name for name in sizes.large if saw.changed.get(name, 0) * 2 >= sizes.rows[name]}
    added = {name for name, count in saw.added.items() if count >= MOST_ROWS}
    busy = changed | added | {name for name in sizes.large if _work(saw, name, sizes)}
    if strong and busy:
        safe = f"COMMIT;\n-- in the next transaction:\n{statement.text};"
        yield holding.SLOW.found(f"{', '.join(strong)} stays locked during work on {', '.join(sorted(busy))}", safe)


def _failure(statement: Statement, saw: Seen) -> Found:
    of_rows = saw.code.startswith(("22", "23"))
    safe = "-- correct what the server complains about, then rehearse again; nothing of this statement was kept"
    return (failing.ROWS if of_rows else failing.FAILS).found(saw.error, safe)
