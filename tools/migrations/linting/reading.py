"""A migration's text as statements, each with its line and the transaction that it runs in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

LEADING = re.compile(r"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)
META = re.compile(r"^[ \t]*(\\\S+)", re.MULTILINE)
DATA = re.compile(r"^\s*copy\b[^;]*\bfrom\s+stdin\b", re.IGNORECASE | re.MULTILINE)
ENDS = {"TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK", "TRANS_STMT_PREPARE"}


class Unreadable(Exception):
    """A text that is no migration in PostgreSQL's SQL; the message says why, `line` where (from 1)."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(f"line {line}: {why}")
        self.line = line


class Statement(NamedTuple):
    """A statement; `block` numbers the transaction that it shares with others, None where it has one of its own."""

    text: str
    line: int
    kind: str
    tree: Any
    block: int | None = None

    @property
    def transaction(self) -> str:
        """BEGIN, COMMIT and the like as the grammar names them; empty for all else."""
        from postgast import pg_query_pb2 as grammar

        return grammar.TransactionStmtKind.Name(self.tree.kind) if self.kind == "transaction_stmt" else ""


def read(sql: str, *, transactional: bool = False) -> list[Statement]:
    """The statements of a text; `transactional`: who runs it puts the whole file into one transaction.

    A file with BEGIN of its own manages its transactions itself. Raises Unreadable.
    """
    parsed = list(_parsed(sql))
    own = any(s.transaction in ("TRANS_STMT_BEGIN", "TRANS_STMT_START") for s in parsed)
    if transactional and not own:
        return [s._replace(block=0) for s in parsed]
    return list(_numbered(parsed))


def parsed(sql: str) -> list[Statement]:
    """The statements of a text that a statement holds within itself; empty where it cannot be read."""
    try:
        return list(_parsed(sql))
    except Unreadable:
        return []


def _parsed(sql: str) -> Iterator[Statement]:
    import postgast

    if "\0" in sql:
        raise Unreadable("it holds a NUL character; leave it out", sql.count("\n", 0, sql.index("\0")) + 1)
    try:
        raws = postgast.parse(sql).stmts
    except postgast.errors.PgQueryError as error:
        raise _unreadable(sql, str(error), error.cursorpos or 1) from None
    except Exception as error:  # whatever else the parser cannot do, such as what is nested too deeply
        raise Unreadable(f"the parser cannot read it ({type(error).__name__}); nest it less deeply", 1) from None
    text = sql.encode()
    for raw in raws:
        end = raw.stmt_location + raw.stmt_len if raw.stmt_len else len(text)
        piece = text[raw.stmt_location : end].decode()
        skipped = LEADING.match(piece)
        lead = skipped.end() if skipped else 0
        line = text[: raw.stmt_location].count(b"\n") + piece[:lead].count("\n") + 1
        kind = raw.stmt.WhichOneof("node") or ""
        yield Statement(piece[lead:].rstrip().removesuffix(";").rstrip(), line, kind, getattr(raw.stmt, kind, None))


def _unreadable(sql: str, why: str, position: int) -> Unreadable:
    meta = next(META.finditer(sql), None)
    if meta:
        line = sql.count("\n", 0, meta.start()) + 1
        return Unreadable(
            f"{meta[1]} is a command of psql and no SQL; write what it does as SQL, or leave it out", line
        )
    line = sql[: position - 1].count("\n") + 1
    if DATA.search(sql):
        return Unreadable(f"{why}; rows after COPY … FROM stdin are no SQL: write INSERT instead", line)
    return Unreadable(f"{why}; it does not parse as PostgreSQL's SQL", line)


def _numbered(statements: list[Statement]) -> Iterator[Statement]:
    number, within = 0, False
    for statement in statements:
        what = statement.transaction
        if what in ("TRANS_STMT_BEGIN", "TRANS_STMT_START") and not within:
            number, within = number + 1, True
        yield statement._replace(block=number if within else None)
        if what in ENDS:
            within = False
