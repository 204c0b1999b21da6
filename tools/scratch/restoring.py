"""Restoring a dump in SQL piece by piece, so that what cannot be restored is a note and not the end.

The pieces go straight to the server: there is no psql whose commands a hostile name in the dump could reach.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import psycopg

from dbengineer.tools.facts import Fact
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.errors import ScratchError

HEADER = re.compile(
    r"^--\n-- (?:Data for |Statistics for )?Name: (.*); Type: (.*?); Schema: (.*?); Owner: .*\n--$", re.M
)
PSQL = re.compile(r"^\\(?:un)?restrict \w+$", re.M)
NOTES, TOGETHER = 40, 50


class Piece(Fact):
    """One object of a dump: what it is and the SQL that makes it."""

    kind: str
    name: str
    sql: str

    @property
    def title(self) -> str:
        """What to call it in a note."""
        return f"{self.kind.lower()} {self.name}".strip()


def pieces(text: str) -> Iterator[Piece]:
    """The settings of a dump in SQL and then its objects, in order."""
    heads = list(HEADER.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)] * bool(heads)
    first = text[: heads[0].start()] if heads else text
    yield Piece(kind="settings", name="", sql=PSQL.sub("", first))
    for head, end in zip(heads, ends, strict=True):
        schema = "" if head[3] == "-" else f"{head[3]}."
        body = text[head.end() : end]
        yield Piece(kind=head[2], name=schema + head[1], sql=PSQL.sub("", body) if end == len(text) else body)


def restore(database: Database, dumped: Iterable[Piece]) -> tuple[str, ...]:
    """Runs the pieces; gives back what could not be restored, one note each."""
    notes: list[str] = []
    for together in _batches(dumped):
        notes += _run_together(database, together)
    database.script("RESET ALL")
    return summary(notes)


def _batches(dumped: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Pieces by so many that a thousand tables are not a thousand conversations."""
    batch: list[Piece] = []
    for piece in dumped:
        batch.append(piece)
        if len(batch) == TOGETHER:
            yield batch
            batch = []
    yield batch


def _run_together(database: Database, batch: list[Piece]) -> list[str]:
    """Pieces as one transaction; where one of them is refused each is run for itself."""
    if len(batch) > 1:
        try:
            database.script("\n".join(piece.sql for piece in batch))
            return []
        except psycopg.Error:
            if database.connection.closed:
                raise ScratchError(f"the scratch server went away while {batch[0].title} was restored") from None
    return [note for piece in batch for note in _run(database, piece)]


def _run(database: Database, piece: Piece) -> list[str]:
    try:
        database.script(piece.sql)
    except psycopg.Error as error:
        if database.connection.closed:
            raise ScratchError(f"the scratch server went away while {piece.title} was restored") from error
        return _one_by_one(database, piece, error)
    return []


def _one_by_one(database: Database, piece: Piece, error: psycopg.Error) -> list[str]:
    """The statements of a piece each for itself, since one that is refused takes the others with it."""
    statements = _statements(piece.sql)
    if len(statements) < 2:
        return [_note(piece, error)]
    notes = []
    for statement in statements:
        try:
            database.script(statement)
        except psycopg.Error as refused:
            notes.append(_option(refused) or _note(piece, refused))
    return list(dict.fromkeys(notes))


def _option(error: psycopg.Error) -> str:
    """A storage option that this server does not know takes nothing from the object itself: one note for all."""
    said = error.diag.message_primary or ""
    unknown = isinstance(error, psycopg.errors.InvalidParameterValue) and said.startswith("unrecognized parameter")
    return f"an option of tables or columns was left out: {said}" if unknown else ""


def _statements(sql: str) -> list[str]:
    from postgast import PgQueryError, split

    try:
        return [statement for statement in split(sql) if statement.strip()]
    except PgQueryError:
        return [sql]


def _note(piece: Piece, error: psycopg.Error) -> str:
    """Names the object and the reason; of statistics no reason, which could hold a value of a row."""
    if piece.kind.startswith("STATISTICS DATA"):
        return f"statistics of {piece.name} could not be restored"
    return f"{piece.title} could not be restored: {error.diag.message_primary or type(error).__name__}"


def summary(notes: Iterable[str]) -> tuple[str, ...]:
    """The notes without twins, cut where there are too many to read."""
    unique = list(Counter(notes))
    more = len(unique) - NOTES
    return (*unique[:NOTES], *([f"and {more} more objects that could not be restored"] if more > 0 else []))
