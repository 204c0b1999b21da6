"""SQL texts taken apart into statements, and what has to be known of each to run it."""

from __future__ import annotations

import re
from typing import Any

ALONE = {
    "vacuum_stmt",
    "alter_system_stmt",
    "createdb_stmt",
    "dropdb_stmt",
    "create_table_space_stmt",
    "drop_table_space_stmt",
    "create_subscription_stmt",
    "drop_subscription_stmt",
}
# A block of code that commits by itself is refused inside a transaction.
COMMITS = re.compile(r"^\s*COMMIT\s*;", re.IGNORECASE | re.MULTILINE)
CLUSTER_WIDE = {
    "create_role_stmt",
    "alter_role_stmt",
    "alter_role_set_stmt",
    "drop_role_stmt",
    "grant_role_stmt",
    "alter_database_stmt",
    "alter_database_set_stmt",
}
CHANGES_ROWS = {"update_stmt", "delete_stmt", "truncate_stmt", "merge_stmt"}


def split(sql: str) -> list[str]:
    """The statements of a text, without BEGIN and COMMIT: who runs them decides about transactions."""
    import postgast

    return [s for s in postgast.split(sql) if node(s)[0] != "transaction_stmt"] if sql.strip() else []


def node(statement: str) -> tuple[str, Any]:
    """The kind of a statement in PostgreSQL's grammar, and its tree; what cannot be parsed is of no kind."""
    import postgast

    try:
        tree = postgast.parse(statement).stmts[0].stmt
    except (postgast.errors.PgQueryError, IndexError):
        return "", None
    kind = tree.WhichOneof("node") or ""
    return kind, getattr(tree, kind, None)


def maintains(sql: str) -> bool:
    """Whether a text is nothing but VACUUM and ANALYZE, which change no schema and no row."""
    return bool(kinds := {node(s)[0] for s in split(sql)}) and kinds == {"vacuum_stmt"}


def alone(statement: str) -> bool:
    """Whether PostgreSQL refuses to run it in a transaction block, as it does CREATE INDEX CONCURRENTLY."""
    kind, tree = node(statement)
    if kind in ("index_stmt", "drop_stmt"):
        return bool(tree.concurrent)
    if kind == "reindex_stmt":
        return any(p.def_elem.defname == "concurrently" for p in tree.params)
    if kind == "alter_table_stmt":
        return any(getattr(c.alter_table_cmd, "def").partition_cmd.concurrent for c in tree.cmds)
    if kind == "do_stmt":
        return COMMITS.search(statement) is not None
    return kind in ALONE


def index_name(statement: str) -> tuple[str, ...]:
    """The schema, where it is said, and the name of the index that a CREATE INDEX makes; empty for all else."""
    kind, tree = node(statement)
    if kind != "index_stmt" or not tree.idxname:
        return ()
    return tuple(n for n in (tree.relation.schemaname, tree.idxname) if n)


def tables(statement: str) -> tuple[tuple[str, ...], ...]:
    """The tables and indexes that a statement names, each as schema (where it is said) and name."""
    import postgast

    kind, tree = node(statement)
    if tree is None:
        return ()
    if kind == "drop_stmt":
        named = [tuple(i.string.sval for i in o.list.items) for o in tree.objects]
    else:
        ranges = postgast.find_nodes(tree, postgast.pg_query_pb2.RangeVar)
        named = [tuple(n for n in (r.schemaname, r.relname) if n) for r in ranges]
    return tuple(dict.fromkeys(n for n in named if n))


def kind(statement: str) -> str:
    """The kind of a statement in PostgreSQL's grammar, such as `index_stmt`."""
    return node(statement)[0]


def validates(statement: str) -> bool:
    """Whether it validates a constraint, which is not to be done in the transaction that added it."""
    from postgast import pg_query_pb2 as grammar

    kind, tree = node(statement)
    return kind == "alter_table_stmt" and any(
        c.alter_table_cmd.subtype == grammar.AlterTableType.AT_ValidateConstraint for c in tree.cmds
    )
