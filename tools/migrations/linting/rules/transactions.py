"""Statements that do not fit the transaction they are in."""

from __future__ import annotations

from collections.abc import Iterator

from dbengineer.tools.migrations.linting import trees
from dbengineer.tools.migrations.linting.reading import ENDS
from dbengineer.tools.migrations.linting.rule import Found, Rule, Scene

ALONE = Rule(
    name="concurrently-in-tx",
    catches="CONCURRENTLY, VACUUM and their like in a transaction",
    why="PostgreSQL refuses to run it inside a transaction block, so the migration fails",
)
OPEN = Rule(
    name="uncommitted-transaction",
    catches="BEGIN without COMMIT",
    why="the transaction is rolled back when the session ends, or keeps its locks until then",
    shown_by="text",
)
NESTED = Rule(
    name="transaction-nesting",
    catches="BEGIN within a transaction, COMMIT without one",
    why="transactions do not nest: the inner COMMIT ends the outer one, and what follows runs on its own",
    shown_by="text",
)
ENUM = Rule(
    name="enum-value-used-in-same-tx",
    catches="a new value of an enum that is used before it is committed",
    why="a new enum value cannot be used in the transaction that adds it, so the migration fails",
)
RULES = (ALONE, OPEN, NESTED, ENUM)
NEVER_INSIDE = {"alter_system_stmt", "createdb_stmt", "dropdb_stmt", "create_table_space_stmt", "drop_table_space_stmt"}
BEGINS = {"TRANS_STMT_BEGIN", "TRANS_STMT_START"}
WHOLE = ("REINDEX_OBJECT_SCHEMA", "REINDEX_OBJECT_SYSTEM", "REINDEX_OBJECT_DATABASE")


def look(scene: Scene) -> Iterator[Found]:
    """Looks at how a statement and its transaction go together."""
    statement = scene.statement
    if statement.transaction:
        yield from _boundaries(scene)
    elif scene.in_transaction:
        if outside(scene):
            yield ALONE.found(safe_form=f"-- outside a transaction, in a file of its own:\n{statement.text};")
        yield from _enum(scene)


def outside(scene: Scene) -> bool:
    """Whether PostgreSQL runs it only outside of a transaction block."""
    from postgast import pg_query_pb2 as grammar

    statement, tree = scene.statement, scene.statement.tree
    if statement.kind in ("index_stmt", "drop_stmt"):
        return bool(tree.concurrent)
    if statement.kind == "reindex_stmt":
        whole = grammar.ReindexObjectType.Name(tree.kind) in WHOLE
        return whole or trees.on(trees.options(tree.params), "concurrently")
    if statement.kind == "alter_table_stmt":
        return any(c.definition.partition_cmd.concurrent for c in trees.commands(statement))
    if statement.kind == "vacuum_stmt":
        return bool(tree.is_vacuumcmd)
    return statement.kind in NEVER_INSIDE


def _boundaries(scene: Scene) -> Iterator[Found]:
    what = scene.statement.transaction
    started = any(s.transaction in BEGINS for s in scene.earlier)
    if what in BEGINS:
        if started:
            yield NESTED.found("BEGIN within a transaction", "SAVEPOINT step;\n…\nRELEASE SAVEPOINT step;")
        elif not any(s.transaction in ENDS and s.block == scene.statement.block for s in scene.later):
            yield OPEN.found(safe_form="BEGIN;\n…\nCOMMIT;")
    elif what in ENDS and not started:
        yield NESTED.found("there is no BEGIN before it", "-- leave it out, or begin the transaction with BEGIN")


def _enum(scene: Scene) -> Iterator[Found]:
    used = {c.sval.sval for c in trees.find(scene.statement.tree, "A_Const") if c.WhichOneof("val") == "sval"}
    for earlier in scene.earlier:
        if earlier.kind == "alter_enum_stmt" and not earlier.tree.old_val and earlier.tree.new_val in used:
            made_here = any(s.kind == "create_enum_stmt" for s in scene.earlier)
            if not made_here and scene.statement.kind != "alter_enum_stmt":
                safe = f"{earlier.text};\n-- in the next transaction:\n{scene.statement.text};"
                yield ENUM.found(repr(earlier.tree.new_val), safe)
