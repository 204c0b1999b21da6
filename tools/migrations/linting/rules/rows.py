"""Rows that are changed or removed all at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dbengineer.tools.migrations.linting import nested, trees, writing
from dbengineer.tools.migrations.linting.rule import Found, Rule, Scene

UNBATCHED = Rule(
    name="unbatched-dml",
    catches="UPDATE or DELETE of a whole table in one statement",
    why="every row stays locked until the end, replicas lag behind and the table grows by as many dead rows",
    works=True,
)
TRUNCATE = Rule(
    name="truncate",
    catches="TRUNCATE",
    why="all rows are gone, also for those who still read them, and nobody can read or write meanwhile",
    shown_by="text",
)
CASCADE = Rule(
    name="truncate-cascade",
    catches="TRUNCATE … CASCADE",
    why="the rows of every table that refers to it are gone too, whatever their number",
    shown_by="text",
)
RULES = (UNBATCHED, TRUNCATE, CASCADE)


def look(scene: Scene) -> Iterator[Found]:
    """Looks at UPDATE, DELETE and TRUNCATE."""
    statement, tree = scene.statement, scene.statement.tree
    if statement.kind in ("update_stmt", "delete_stmt"):
        name = trees.key(tree.relation)
        if scene.known.large(name) and whole(scene, name, tree):
            yield UNBATCHED.found(safe_form=_in_batches(scene, name))
    elif nested.loops(statement):
        yield from _looped(scene)
    elif statement.kind == "truncate_stmt":
        names = [trees.key(node.range_var) for node in tree.relations]
        if old := [n for n in names if scene.known.exists(n)]:
            yield from _truncated(scene, old)


def _looped(scene: Scene) -> Iterator[Found]:
    """Batches in a loop are one transaction all the same, unless each round commits."""
    inner = [s for s in nested.statements(scene.known, scene.statement) if s.kind in ("update_stmt", "delete_stmt")]
    names = [name for s in inner if scene.known.large(name := trees.key(s.tree.relation))]
    if names:
        safe = "-- COMMIT at the end of each round of the loop, and run it outside a transaction"
        yield UNBATCHED.found(f"the loop over {names[0]} is one transaction", safe)


def whole(scene: Scene, table: str, tree: Any) -> bool:
    """Whether the condition holds for all rows, or for all that a new column has not been filled in."""
    condition = tree.where_clause
    return trees.always_true(condition) or _only_nulls(condition)


def _only_nulls(condition: Any) -> bool:
    """Whether it asks for nothing but NULL in columns, as a backfill does that goes over the table in one piece."""
    from postgast import pg_query_pb2 as grammar

    kind = condition.WhichOneof("node")
    if kind == "null_test":
        return bool(condition.null_test.nulltesttype == grammar.NullTestType.IS_NULL)
    if kind == "bool_expr":
        return all(_only_nulls(arg) or trees.always_true(arg) for arg in condition.bool_expr.args)
    return False


def _in_batches(scene: Scene, name: str) -> str:
    tree = scene.statement.tree
    where = "" if trees.always_true(tree.where_clause) else writing.expression(tree.where_clause)

    def change(tree: Any) -> None:
        tree.ClearField("where_clause")

    bare = writing.changed(scene.statement, change).removesuffix(";")
    return writing.batches(scene.known, name, bare, where)


def _truncated(scene: Scene, names: list[str]) -> Iterator[Found]:
    from postgast import pg_query_pb2 as grammar

    listed = ", ".join(names)
    safe = "\n".join(writing.batches(scene.known, n, f"DELETE FROM {writing.name(*n.split('.'))}") for n in names)
    yield TRUNCATE.found(listed, safe)
    if scene.statement.tree.behavior == grammar.DropBehavior.DROP_CASCADE:
        referring = sorted({t.name for n in names for t, _ in scene.known.referencing(n)})
        yield CASCADE.found(", ".join(referring) or listed, "-- name every table whose rows are to go, without CASCADE")
