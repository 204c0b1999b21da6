"""Indexes built, dropped and rebuilt while others wait."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dbengineer.tools.migrations.linting import trees, writing
from dbengineer.tools.migrations.linting.rule import Found, Rule, Scene

CREATE = Rule(
    name="index-not-concurrent",
    catches="CREATE INDEX without CONCURRENTLY on a table that was there",
    why="nobody can write the table until the index is built",
    works=True,
)
DROP = Rule(
    name="drop-index-not-concurrent",
    catches="DROP INDEX without CONCURRENTLY",
    why="it waits for every query that uses the table, and all others wait behind it, readers too",
    shown_by="text",
)
REINDEX = Rule(
    name="reindex-not-concurrent",
    catches="REINDEX without CONCURRENTLY",
    why="nobody can write the table, or read by the index, until it is built again",
    works=True,
)
TRAP = Rule(
    name="concurrent-if-not-exists-trap",
    catches="CREATE INDEX CONCURRENTLY IF NOT EXISTS that is silent about an invalid index",
    why="an earlier attempt that failed left an INVALID index of this name, which is taken for the one that is wanted",
)
RULES = (CREATE, DROP, REINDEX, TRAP)


def look(scene: Scene) -> Iterator[Found]:
    """Looks at what is done to indexes."""
    statement = scene.statement
    if statement.kind == "index_stmt" and not statement.tree.concurrent:
        yield from _create(scene)
    elif statement.kind == "reindex_stmt":
        yield from _reindex(scene)
    elif statement.kind == "drop_stmt" and not statement.tree.concurrent:
        yield from _drop(scene)


def _create(scene: Scene) -> Iterator[Found]:
    tree = scene.statement.tree
    name = trees.key(tree.relation)
    there = tree.if_not_exists and tree.idxname in scene.known.indexes
    table = scene.known.tables.get(name)
    partitioned = table is not None and table.partitioned
    if there or not scene.known.large(name) or (partitioned and not tree.relation.inh):
        return
    yield CREATE.found(safe_form=_by_partition(scene, name) if partitioned else _concurrently(scene))


def _concurrently(scene: Scene) -> str:
    def change(tree: Any) -> None:
        tree.concurrent = True

    return f"-- outside a transaction, then look that it is valid:\n{writing.changed(scene.statement, change)}"


def _by_partition(scene: Scene, name: str) -> str:
    tree = scene.statement.tree
    index = writing.name(tree.idxname or f"{tree.relation.relname}_idx")

    def parent(tree: Any) -> None:
        tree.relation.inh = False

    steps = [writing.changed(scene.statement, parent), "-- for each partition, outside a transaction:"]
    for partition in scene.known.partitions(name):

        def of_partition(tree: Any, partition: str = partition.name) -> None:
            tree.relation.relname, tree.concurrent = partition.rsplit(".", 1)[-1], True
            tree.idxname = f"{tree.idxname or 'idx'}_{partition.rsplit('.', 1)[-1]}"

        steps.append(writing.changed(scene.statement, of_partition))
        attached = writing.name(f"{tree.idxname or 'idx'}_{partition.name.rsplit('.', 1)[-1]}")
        steps.append(f"ALTER INDEX {index} ATTACH PARTITION {attached};")
    return "\n".join(steps)


def _drop(scene: Scene) -> Iterator[Found]:
    kind, objects = trees.dropped(scene.statement)
    if kind != "INDEX":
        return
    for parts in objects:
        index = scene.known.indexes.get(parts[-1])
        if index is None and scene.known.complete and scene.statement.tree.missing_ok:
            continue
        if index is None or (scene.known.exists(index.table) and not index.new and _felt(scene, index.table)):
            safe = f"-- outside a transaction:\nDROP INDEX CONCURRENTLY {writing.name(*parts)};"
            yield DROP.found(parts[-1], safe)


def _felt(scene: Scene, table: str) -> bool:
    """An empty or tiny table is one that nobody waits for long on."""
    return scene.known.large(table)


def _reindex(scene: Scene) -> Iterator[Found]:
    from postgast import pg_query_pb2 as grammar

    tree = scene.statement.tree
    if trees.on(trees.options(tree.params), "concurrently"):
        return
    kind = grammar.ReindexObjectType.Name(tree.kind).removeprefix("REINDEX_OBJECT_")
    name = trees.key(tree.relation) if tree.relation.relname else ""
    if kind == "INDEX" and name.rsplit(".", 1)[-1] in scene.known.indexes:
        name = scene.known.indexes[name.rsplit(".", 1)[-1]].table
        large = scene.known.large(name)
    else:
        large = scene.known.large(name) if kind == "TABLE" else True
    if large:
        what = writing.relation(tree.relation) if tree.relation.relname else writing.name(tree.name)
        yield REINDEX.found(safe_form=f"-- outside a transaction:\nREINDEX {kind} CONCURRENTLY {what};")
