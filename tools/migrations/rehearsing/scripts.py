"""The SQL of a migration cut into the transactions that its runner would make, or refused with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations import statements
from dbengineer.tools.toolbox import ToolError

META = re.compile(r"^\\(?!(?:un)?restrict\b)[\w!?]+.*$", re.M)
RESTRICT = re.compile(r"^\\(?:un)?restrict \w+$", re.M)
INLINE = re.compile(r"^copy\b.*\bfrom\s+stdin\b", re.I | re.M)
OUTSIDE = {
    "alter_system_stmt": "changes the whole server",
    "createdb_stmt": "makes a database",
    "dropdb_stmt": "drops a database",
    "load_stmt": "loads a library",
    "create_subscription_stmt": "connects to another server",
    "create_table_space_stmt": "uses a folder of the server's disk",
}


class BadMigration(ToolError):
    """A migration that cannot be read or must not be run here; the message says what would be right."""


class Block(Fact):
    """Statements that share a transaction, or one that runs by itself."""

    statements: tuple[str, ...]
    transaction: bool


class Migration(Fact):
    """One migration: its way up and its way back as transactions, and what its runner brings with it.

    `traps` are faults of the way in which it is run, `notes` what a reader should know besides. `separate`: each
    transaction is a migration of its own, so that a second try begins with the one that failed.
    """

    name: str
    up: tuple[Block, ...]
    down: tuple[Block, ...] = ()
    traps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    separate: bool = False

    @property
    def statements(self) -> tuple[str, ...]:
        """The statements of the way up."""
        return tuple(s for block in self.up for s in block.statements)


def blocks(sql: str, where: str, *, wrapped: bool) -> tuple[Block, ...]:
    """The transactions of a text: all of it `wrapped` in one, else as its own BEGIN and COMMIT say.

    Raises BadMigration, which names the file `where` it was found, for what is no SQL and for what leaves the database.
    """
    every = _statements(RESTRICT.sub("", sql), where)
    for statement in every:
        _refuse(statement, where)
    if wrapped:
        inside = tuple(s for s in every if _boundary(s) is None)
        return (Block(statements=inside, transaction=True),) if inside else ()
    return tuple(_blocks(every, where))


def _statements(sql: str, where: str) -> list[str]:
    import postgast

    try:
        if not sql.strip():
            return []
        found = [s for s in postgast.split(sql) if s.strip()]
        for statement in found:
            postgast.parse(statement)
    except postgast.PgQueryError as error:
        raise BadMigration(_unreadable(sql, where, str(error))) from None
    return found


def _unreadable(sql: str, where: str, why: str) -> str:
    if meta := META.search(sql):
        line = sql[: meta.start()].count("\n") + 1
        return (
            f"{where}, line {line}: {meta[0].split()[0]} is a command of psql and no SQL; a migration runner does not "
            "know it: write the SQL itself, or leave it out"
        )
    if inline := INLINE.search(sql):
        line = sql[: inline.start()].count("\n") + 1
        return f"{where}, line {line}: COPY FROM stdin carries rows that only psql can send; write INSERT instead"
    return f"{where} cannot be read as SQL: {why}"


def _refuse(statement: str, where: str) -> None:
    kind, tree = statements.node(statement)
    why = OUTSIDE.get(kind, "")
    if kind == "copy_stmt" and (tree.is_program or tree.filename):
        why = "reads or writes files or programs of the server's machine"
    if why:
        shown = " ".join(statement.split())[:80]
        raise BadMigration(f"{where}: {shown!r} {why}, so it is not rehearsed; take it out of the migration")


def _boundary(statement: str) -> str | None:
    """Whether a statement begins, ends or undoes a transaction."""
    from postgast import pg_query_pb2 as grammar

    kind, tree = statements.node(statement)
    if kind != "transaction_stmt":
        return None
    name = grammar.TransactionStmtKind.Name(tree.kind).removeprefix("TRANS_STMT_")
    return {"BEGIN": "begin", "START": "begin", "COMMIT": "end", "ROLLBACK": "undo"}.get(name)


def _blocks(every: list[str], where: str) -> Iterator[Block]:
    inside: list[str] | None = None
    for statement in every:
        boundary = _boundary(statement)
        if boundary == "undo":
            raise BadMigration(f"{where} ends a transaction with ROLLBACK, so it changes nothing; write COMMIT")
        if boundary == "begin":
            inside = inside or []
        elif boundary == "end":
            if inside:
                yield Block(statements=tuple(inside), transaction=True)
            inside = None
        elif inside is not None:
            inside.append(statement)
        else:
            yield Block(statements=(statement,), transaction=not statements.alone(statement))
    if inside:
        raise BadMigration(f"{where} begins a transaction and never ends it, so nothing of it stays; add COMMIT")
