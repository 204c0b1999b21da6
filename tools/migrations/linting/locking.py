"""The locks that a statement takes on tables that clients may use, where these block writes or more, from its text.

As measured on PostgreSQL 15 and 18; what is weaker than SHARE ROW EXCLUSIVE is of no interest here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dbengineer.tools.migrations.linting import trees
from dbengineer.tools.migrations.linting.known import Known
from dbengineer.tools.migrations.linting.reading import Statement

ALL, WRITES = "ACCESS EXCLUSIVE", "SHARE ROW EXCLUSIVE"
LIGHT = {
    "AT_ValidateConstraint",
    "AT_SetStatistics",
    "AT_SetRelOptions",
    "AT_ResetRelOptions",
    "AT_ClusterOn",
    "AT_DropCluster",
    "AT_SetOptions",
    "AT_ResetOptions",
}
TRIGGERS = {"AT_EnableTrig", "AT_DisableTrig", "AT_EnableTrigAll", "AT_DisableTrigAll", "AT_EnableTrigUser"}

Lock = tuple[str, str]


def locks(known: Known, statement: Statement) -> list[dict[str, str]]:
    """For each thing that a statement does, the strongest lock on each existing table; one foreign key locks two."""
    groups = [dict(pairs) for pairs in _groups(known, statement)]
    return [kept for g in groups if (kept := {t: mode for t, mode in g.items() if known.exists(t)})]


def _groups(known: Known, statement: Statement) -> Iterator[list[Lock]]:
    tree, kind = statement.tree, statement.kind
    if kind == "alter_table_stmt":
        table = trees.key(tree.relation)
        for command in trees.commands(statement):
            yield list(_command(known, table, command))
    elif kind == "create_stmt":
        yield from ([(trees.key(c.pktable), WRITES)] for c in trees.find(tree, "Constraint") if c.pktable.relname)
        if tree.HasField("partbound"):
            yield [(trees.key(tree.inh_relations[0].range_var), ALL)]
    elif kind == "drop_stmt":
        yield from _dropped(known, statement)
    elif kind == "rename_stmt" and trees.renamed(statement) in ("TABLE", "COLUMN", "VIEW") and tree.relation.relname:
        yield [(trees.key(tree.relation), ALL)]
    elif kind == "create_trig_stmt":
        yield [(trees.key(tree.relation), WRITES)]
    elif kind == "truncate_stmt":
        yield from ([(trees.key(node.range_var), ALL)] for node in tree.relations)
    elif kind == "lock_stmt" and tree.mode >= 6:
        yield from ([(trees.key(n.range_var), ALL if tree.mode == 8 else WRITES)] for n in tree.relations)
    elif kind in ("create_policy_stmt", "alter_policy_stmt"):
        yield [(trees.key(tree.table), ALL)]
    elif kind == "cluster_stmt" and tree.relation.relname:
        yield [(trees.key(tree.relation), ALL)]


def _command(known: Known, table: str, command: trees.Command) -> Iterator[Lock]:
    if command.kind in LIGHT:
        return
    if command.kind == "AT_AttachPartition":
        yield (trees.key(command.definition.partition_cmd.name), ALL)
        return
    constraint = command.definition.constraint
    foreign = command.kind == "AT_AddConstraint" and trees.constraint_kind(constraint) == "FOREIGN"
    yield (table, WRITES if foreign or command.kind in TRIGGERS else ALL)
    if foreign:
        yield (trees.key(constraint.pktable), WRITES)
    if command.kind == "AT_AddColumn":
        yield from _references(command.definition.column_def)
    if command.kind == "AT_DropConstraint" and table in known.tables:
        dropped = known.tables[table].constraint(command.name)
        if dropped and dropped.references:
            yield (dropped.references, ALL)


def _references(definition: Any) -> Iterator[Lock]:
    for node in definition.constraints:
        if node.constraint.pktable.relname:
            yield (trees.key(node.constraint.pktable), WRITES)


def _dropped(known: Known, statement: Statement) -> Iterator[list[Lock]]:
    kind, objects = trees.dropped(statement)
    for parts in objects:
        name = trees.named(parts)
        if kind == "TABLE":
            others = known.tables[name].constraints if name in known.tables else []
            yield [(name, ALL), *((c.references, ALL) for c in others if c.references)]
        elif kind == "TRIGGER" or kind == "POLICY":
            yield [(trees.named(parts[:-1]), ALL)]
        elif kind == "INDEX" and not statement.tree.concurrent and parts[-1] in known.indexes:
            yield [(known.indexes[parts[-1]].table, ALL)]
