"""What a change may hold that a machine drafted: scratch is a server of this machine, and its superuser can leave it.

An allowlist of statements that only say what a schema looks like, and of the functions a read may call. COPY, DO, CALL,
functions, extensions, foreign servers and whatever else can reach a file, a program or the network are not on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dbengineer.tools.guard.functions import functions

STATEMENTS = frozenset(
    {
        "alter_stats_stmt",
        "alter_system_stmt",
        "alter_table_stmt",
        "comment_stmt",
        "create_schema_stmt",
        "create_seq_stmt",
        "create_stats_stmt",
        "create_stmt",
        "drop_stmt",
        "grant_stmt",
        "index_stmt",
        "reindex_stmt",
        "rename_stmt",
        "vacuum_stmt",
    }
)
# Dropping these loses nothing that a statement cannot make again.
WITHOUT_ROWS = frozenset({"OBJECT_INDEX", "OBJECT_STATISTIC_EXT", "OBJECT_SEQUENCE", "OBJECT_VIEW"})
COSTLY = {"AT_DropColumn": "drops a column", "AT_SetUnLogged": "makes a table that a crash empties"}
# Settings that name a program, a library, a file or another server; ALTER SYSTEM would have the server use them.
REACHING = re.compile(r"command|librar|director|file|path|conninfo|user|role|address|slot|_name", re.IGNORECASE)


def refusal(up: str, down: str = "", *, keeps_rows: bool = True) -> str:
    """Why a drafted change is not even tried, or nothing.

    `keeps_rows` is for a change that is to be handed over: it may not drop what holds rows. Its way back may drop
    what it made itself, which its proof shows.
    """
    from dbengineer.tools.migrations import statements

    for text, strict in ((up, keeps_rows), (down, False)):
        for statement in statements.split(text):
            kind, tree = statements.node(statement)
            if why := _refusal(kind, tree, strict):
                return why
    return ""


def _refusal(kind: str, tree: Any, strict: bool) -> str:
    if kind not in STATEMENTS:
        return f"{_words(kind)} is not run for a model, not even in scratch; only changes of tables and indexes are"
    if kind == "alter_system_stmt" and REACHING.search(tree.setstmt.name):
        return f"a model may not set {tree.setstmt.name}, which can name a program, a file or another server"
    if name := next(_strangers(tree), ""):
        return f"function {name} is not on the list of those known only to read"
    return _loss(kind, tree) if strict else ""


def _words(kind: str) -> str:
    return kind.removesuffix("_stmt").replace("_", " ").upper() or "what is no SQL"


def _strangers(tree: Any) -> Iterator[str]:
    """The functions and operators of a statement that are not reviewed."""
    import postgast
    from postgast import pg_query_pb2 as grammar

    reviewed = functions()
    for call in postgast.find_nodes(tree, grammar.FuncCall):
        yield from _unknown(call.funcname, reviewed.pg_catalog | {"nextval"})
    for expression in postgast.find_nodes(tree, grammar.A_Expr):
        yield from _unknown(expression.name, None)


def _unknown(nodes: Any, known: frozenset[str] | None) -> Iterator[str]:
    parts = [n.string.sval for n in nodes]
    if (known is not None and parts[-1] not in known) or parts[:-1] not in ([], ["pg_catalog"]):
        yield ".".join(parts)


def _loss(kind: str, tree: Any) -> str:
    from postgast import pg_query_pb2 as grammar

    if kind == "drop_stmt" and grammar.ObjectType.Name(tree.remove_type) not in WITHOUT_ROWS:
        return "a model may not drop what can hold rows; a person writes that change"
    if kind == "grant_stmt" and tree.is_grant:
        return "a model may not grant anything; a person writes that change"
    if kind == "alter_table_stmt":
        for command in tree.cmds:
            name = grammar.AlterTableType.Name(command.alter_table_cmd.subtype)
            if name in COSTLY:
                return f"a model may propose nothing that {COSTLY[name]}; a person writes that change"
    return ""
