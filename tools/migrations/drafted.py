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
COSTLY = {
    "AT_ChangeOwner": "gives something to another owner",
    "AT_DisableRowSecurity": "opens rows that a policy hides",
    "AT_DisableTrigAll": "switches checks off",
    "AT_DisableTrigUser": "switches checks off",
    "AT_DropColumn": "drops a column",
    "AT_NoForceRowSecurity": "opens rows that a policy hides",
    "AT_SetUnLogged": "makes a table that a crash empties",
}
# Settings that name a program, a library, a file or another server; ALTER SYSTEM would have the server use them.
REACHING = re.compile(r"command|librar|director|file|path|conninfo|user|role|address|slot|_name", re.IGNORECASE)


def refusal(up: str, down: str = "", *, keeps_rows: bool = True) -> str:
    """Why a drafted change is not even tried, or nothing.

    `keeps_rows` is for a change that is to be handed over: neither it nor its way back may drop what holds rows,
    unless the change itself has made that.
    """
    from postgast import PgQueryError

    from dbengineer.tools.migrations import statements

    try:
        up_statements, down_statements = ([statements.node(s) for s in statements.split(text)] for text in (up, down))
    except PgQueryError as error:
        return f"it cannot be read as SQL ({error})"
    made = {name for kind, tree in up_statements for name in _made(kind, tree)}
    for kind, tree in up_statements + down_statements:
        if why := _refusal(kind, tree):
            return why
    for ones, own in ((up_statements, set()), (down_statements, made)):
        for kind, tree in ones if keeps_rows else ():
            if why := _loss(kind, tree, own):
                return why
    return "" if not keeps_rows else _given(up_statements)


def _refusal(kind: str, tree: Any) -> str:
    if kind not in STATEMENTS:
        return f"{_words(kind)} is not run for a model, not even in scratch; only changes of tables and indexes are"
    if kind == "alter_system_stmt" and REACHING.search(tree.setstmt.name):
        return f"a model may not set {tree.setstmt.name}, which can name a program, a file or another server"
    if name := next(_strangers(tree), ""):
        return f"function {name} is not on the list of those known only to read"
    return ""


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


def _made(kind: str, tree: Any) -> Iterator[tuple[str, ...]]:
    """The tables, schemas and columns that a statement makes, by name."""
    if kind == "create_stmt":
        yield _name(tree.relation)
    elif kind == "create_schema_stmt":
        yield (tree.schemaname,)
    elif kind == "alter_table_stmt":
        for action, command in _commands(tree):
            if action == "AT_AddColumn":
                yield (*_name(tree.relation), getattr(command, "def").column_def.colname)


def _loss(kind: str, tree: Any, own: set[tuple[str, ...]]) -> str:
    from postgast import pg_query_pb2 as grammar

    if kind == "drop_stmt" and grammar.ObjectType.Name(tree.remove_type) not in WITHOUT_ROWS:
        if not own.issuperset(_dropped(tree)):
            return "a model may not drop what can hold rows; a person writes that change"
    elif kind == "alter_table_stmt":
        for action, command in _commands(tree):
            column = (*_name(tree.relation), command.name)
            if action in COSTLY and column not in own:
                return f"a model may propose nothing that {COSTLY[action]}; a person writes that change"
    return ""


def _given(changes: list[tuple[str, Any]]) -> str:
    if any(kind == "grant_stmt" and tree.is_grant for kind, tree in changes):
        return "a model may not grant anything; a person writes that change"
    return ""


def _commands(tree: Any) -> Iterator[tuple[str, Any]]:
    from postgast import pg_query_pb2 as grammar

    for node in tree.cmds:
        yield grammar.AlterTableType.Name(node.alter_table_cmd.subtype), node.alter_table_cmd


def _name(relation: Any) -> tuple[str, ...]:
    return tuple(part for part in (relation.schemaname, relation.relname) if part)


def _dropped(tree: Any) -> Iterator[tuple[str, ...]]:
    for thing in tree.objects:
        items = thing.list.items if thing.WhichOneof("node") == "list" else [thing]
        yield tuple(item.string.sval for item in items)
