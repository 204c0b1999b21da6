"""Partitions that come and go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dbengineer.tools.migrations.linting import trees, writing
from dbengineer.tools.migrations.linting.known import Table
from dbengineer.tools.migrations.linting.rule import Found, Rule, Scene

DETACH = Rule(
    name="detach-partition-blocking",
    catches="DETACH PARTITION without CONCURRENTLY",
    why="it waits for every query on the whole partitioned table, and all others wait behind it",
    shown_by="text",
)
ATTACH = Rule(
    name="attach-partition-scan",
    catches="ATTACH PARTITION without a CHECK that proves its bounds",
    why="every row of the new partition is checked while nobody can read or write it",
    works=True,
)
DEFAULT = Rule(
    name="new-partition-scans-default",
    catches="a new partition beside a DEFAULT partition that has rows",
    why="every row of the DEFAULT partition is looked at while nobody can read or write it",
    works=True,
)
RULES = (DETACH, ATTACH, DEFAULT)


def look(scene: Scene) -> Iterator[Found]:
    """Looks at partitions that are made, attached and detached."""
    tree = scene.statement.tree
    if scene.statement.kind == "create_stmt" and tree.HasField("partbound") and not tree.partbound.is_default:
        yield from _beside_default(scene, trees.key(tree.inh_relations[0].range_var))
    for command in trees.commands(scene.statement):
        parent = trees.key(tree.relation)
        if command.kind == "AT_AttachPartition":
            yield from _attach(scene, parent, command.definition.partition_cmd)
        elif command.kind == "AT_DetachPartition" and not command.definition.partition_cmd.concurrent:
            child = trees.key(command.definition.partition_cmd.name)
            if scene.known.exists(parent) and scene.known.exists(child) and scene.known.large(parent):
                yield DETACH.found(safe_form=_detached(scene, parent))


def _detached(scene: Scene, parent: str) -> str:
    if any(p.is_default for p in scene.known.partitions(parent)):
        why = "-- CONCURRENTLY is not possible beside a DEFAULT partition"
        return f"{why}\nSET lock_timeout = '2s';\n{scene.statement.text};"

    def change(tree: Any) -> None:
        getattr(tree.cmds[0].alter_table_cmd, "def").partition_cmd.concurrent = True

    return f"-- outside a transaction:\n{writing.changed(scene.statement, change)}"


def _attach(scene: Scene, parent: str, partition: Any) -> Iterator[Found]:
    child = trees.key(partition.name)
    table = scene.known.tables.get(child)
    if scene.known.large(child) and not (table and _proves_bounds(table, partition.bound)):
        name = writing.name(f"{partition.name.relname}_bounds")
        where = writing.relation(partition.name)
        safe = (
            f"ALTER TABLE {where} ADD CONSTRAINT {name} CHECK (…the bounds, and IS NOT NULL…) NOT VALID;\n"
            f"-- in a transaction of its own:\nALTER TABLE {where} VALIDATE CONSTRAINT {name};\n"
            f"{trees.written(scene.statement)};\nALTER TABLE {where} DROP CONSTRAINT {name};"
        )
        yield ATTACH.found(child, safe)
    if not partition.bound.is_default:
        yield from _beside_default(scene, parent)


def _proves_bounds(table: Table, bound: Any) -> bool:
    """Whether a valid CHECK names every limit of the bounds: what the server proves from it, only running it shows."""
    limits = {_constant(node) for node in (*bound.lowerdatums, *bound.upperdatums, *bound.listdatums)}
    for constraint in table.constraints:
        if constraint.kind == "CHECK" and constraint.valid:
            named = {_constant_text(c) for c in trees.find(constraint.tree, "A_Const")}
            if limits <= named:
                return True
    return False


def _constant(node: Any) -> str:
    inner = node.type_cast.arg if node.WhichOneof("node") == "type_cast" else node
    return _constant_text(inner.a_const)


def _constant_text(constant: Any) -> str:
    return f"{constant.sval.sval}{constant.fval.fval}{constant.ival.ival or ''}"


def _beside_default(scene: Scene, parent: str) -> Iterator[Found]:
    for partition in scene.known.partitions(parent):
        if partition.is_default and scene.known.large(partition.name):
            where = writing.name(*partition.name.split("."))
            safe = (
                f"ALTER TABLE {where} ADD CONSTRAINT not_in_new CHECK (NOT (…the new bounds…)) NOT VALID;\n"
                f"-- in a transaction of its own:\nALTER TABLE {where} VALIDATE CONSTRAINT not_in_new;\n"
                f"{trees.written(scene.statement)};\nALTER TABLE {where} DROP CONSTRAINT not_in_new;"
            )
            if not _excludes(partition):
                yield DEFAULT.found(partition.name, safe)


def _excludes(partition: Table) -> bool:
    """Whether a valid CHECK is there that may prove that the new bounds are not in it."""
    return any(c.kind == "CHECK" and c.valid for c in partition.constraints)
