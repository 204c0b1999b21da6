"""Statements that fail on the schema, or on the rows, that are there."""

from __future__ import annotations

from collections.abc import Iterator

from dbengineer.tools.migrations.linting import trees, writing
from dbengineer.tools.migrations.linting.known import Table
from dbengineer.tools.migrations.linting.rule import Found, Rule, Scene
from dbengineer.tools.migrations.linting.trees import Command

FAILS = Rule(
    name="fails-at-runtime",
    catches="what PostgreSQL refuses, given the schema",
    why="the migration stops here, and what ran before it in other transactions stays",
)
ROWS = Rule(
    name="data-dependent-failure",
    catches="a constraint that rows violate that are there",
    why="the migration stops here; an index that is built CONCURRENTLY stays behind INVALID",
)
RULES = (FAILS, ROWS)
ADDS_COLUMN = {"AT_AddColumn"}
OF_COLUMN = {"AT_AlterColumnType", "AT_SetNotNull", "AT_DropNotNull", "AT_DropColumn", "AT_ColumnDefault"}
NUMBERS = {"int2", "int4", "int8", "numeric", "float4", "float8"}
STRINGS = {"text", "varchar", "bpchar", "citext"}


def look(scene: Scene) -> Iterator[Found]:
    """Looks for what is missing, there already, or in the way."""
    statement = scene.statement
    if statement.kind == "alter_table_stmt":
        yield from _alter(scene)
    elif statement.kind == "index_stmt":
        yield from _index(scene)
    elif statement.kind == "create_stmt":
        name = trees.key(statement.tree.relation)
        if name in scene.known.tables and not statement.tree.if_not_exists:
            yield FAILS.found(f"{name} is there already", f"-- another name than {name}")
    elif statement.kind == "view_stmt" and statement.tree.replace:
        yield from _view(scene)


def _view(scene: Scene) -> Iterator[Found]:
    """A view that is replaced keeps its columns, in their order; new ones come after them."""
    name = trees.key(scene.statement.tree.view)
    old = scene.known.tables.get(name)
    new = trees.outputs(scene.statement.tree.query.select_stmt)
    if old is not None and old.columns and new and list(old.columns) != new[: len(old.columns)]:
        safe = f"BEGIN;\nDROP VIEW {name};\n{trees.written(scene.statement)};\nCOMMIT;"
        yield FAILS.found(f"{name} has the columns {', '.join(old.columns)}", safe)


def _alter(scene: Scene) -> Iterator[Found]:
    name = trees.key(scene.statement.tree.relation)
    table = scene.known.tables.get(name)
    yield from _using_index(scene)
    if table is None:
        if scene.known.complete and not scene.statement.tree.missing_ok and trees.commands(scene.statement):
            yield FAILS.found(f"there is no {name}", "-- the name of a table that is there")
        return
    added = {c.definition.column_def.colname for c in trees.commands(scene.statement) if c.kind in ADDS_COLUMN}
    for command in trees.commands(scene.statement):
        yield from _shape(scene, table, command, added)
        if command.definition.partition_cmd.concurrent and any(p.is_default for p in scene.known.partitions(name)):
            safe = (
                f"-- without CONCURRENTLY, with a lock_timeout\nSET lock_timeout = '2s';\nALTER TABLE {name} DETACH …;"
            )
            yield FAILS.found(f"{name} has a DEFAULT partition, beside which CONCURRENTLY is not possible", safe)
        yield from _constraints(scene, table, command)
        yield from _rows(scene, table, command)


def _using_index(scene: Scene) -> Iterator[Found]:
    """A constraint takes over only a unique index over whole columns."""
    for command in trees.commands(scene.statement):
        index = scene.known.indexes.get(command.definition.constraint.indexname)
        if command.kind == "AT_AddConstraint" and index and not (index.unique and index.plain):
            keys = ", ".join(writing.name(k) if k else "…" for k in index.keys)
            safe = f"CREATE UNIQUE INDEX CONCURRENTLY … ON {writing.name(index.table)} ({keys});"
            yield FAILS.found(f"{index.name} is not a unique index over whole columns", safe)


def _shape(scene: Scene, table: Table, command: Command, added: set[str]) -> Iterator[Found]:
    if not table.columns or table.partial:
        return
    if command.kind in ADDS_COLUMN:
        column = command.definition.column_def.colname
        if column in table.columns and not command.tree.missing_ok:
            yield FAILS.found(f"{table.name} has a column {column} already", _if_not_exists(scene))
    elif command.kind in OF_COLUMN and command.name not in table.columns | dict.fromkeys(added):
        if not command.tree.missing_ok:
            yield FAILS.found(f"{table.name} has no column {command.name}", "-- the name of a column that is there")
    elif command.kind in ("AT_AlterColumnType", "AT_DropColumn"):
        cascades = command.kind == "AT_DropColumn" and "cascade" in scene.statement.text.lower()
        for view in scene.known.views_on(table.name) if not cascades else ():
            if command.name in view.reads_columns:
                yield FAILS.found(f"the view {view.name} reads {command.name}", _view_apart(scene, view.name))


def _constraints(scene: Scene, table: Table, command: Command) -> Iterator[Found]:
    constraint = command.definition.constraint
    if command.kind == "AT_AddConstraint" and trees.constraint_kind(constraint) == "FOREIGN":
        yield from _types_of_key(scene, table, command)
    missing = command.kind in ("AT_DropConstraint", "AT_ValidateConstraint") and table.constraint(command.name) is None
    if missing and scene.known.complete and not command.tree.missing_ok and not command.name.endswith("_not_null"):
        yield FAILS.found(f"{table.name} has no constraint {command.name}", "-- the name of one that is there")


def _types_of_key(scene: Scene, table: Table, command: Command) -> Iterator[Found]:
    constraint = command.definition.constraint
    other = scene.known.tables.get(trees.key(constraint.pktable))
    if other is None:
        if scene.known.complete:
            yield FAILS.found(f"there is no {trees.key(constraint.pktable)}", "-- a table that is there")
        return
    key = next((list(c.columns) for c in other.constraints if c.kind == "PRIMARY"), [])
    there = trees.strings(constraint.pk_attrs) or key
    for mine, theirs in zip(trees.strings(constraint.fk_attrs), there, strict=False):
        left, right = table.columns.get(mine), other.columns.get(theirs)
        if left and right and left.type and right.type and _apart(left.type.name, right.type.name):
            safe = f"-- first give {mine} the type of {theirs}: {right.type.name}"
            yield FAILS.found(f"{mine} is {left.type.name} and {theirs} is {right.type.name}", safe)


def _apart(left: str, right: str) -> bool:
    """Whether values of two types cannot be compared; types that nobody knows here are given the benefit."""
    families = [NUMBERS, STRINGS, {"uuid"}, {"date", "timestamp", "timestamptz"}, {"bool"}]
    mine = [f for f in families if left in f]
    return bool(mine) and any(right in f for f in families) and right not in mine[0]


def _rows(scene: Scene, table: Table, command: Command) -> Iterator[Found]:
    """A column that this migration has added without a value is NULL in every row."""
    if not scene.known.may_have_rows(table.name):
        return
    columns: set[str] = set()
    constraint = table.constraint(command.name) if command.kind == "AT_ValidateConstraint" else None
    if command.kind == "AT_SetNotNull":
        columns = {command.name}
    elif constraint is not None and constraint.kind == "CHECK":
        columns = trees.not_null_columns(constraint.tree)
    elif constraint is not None and constraint.kind == "NOTNULL":
        columns = set(constraint.columns)
    for column in sorted(columns):
        known = table.columns.get(column)
        if known is not None and not known.filled:
            where = writing.table(scene.statement)
            fill = writing.batches(scene.known, table.name, f"UPDATE {where} SET {writing.name(column)} = …")
            yield ROWS.found(f"{column} is NULL in every row", f"{fill}\n{scene.statement.text};")


def _index(scene: Scene) -> Iterator[Found]:
    tree = scene.statement.tree
    name = trees.key(tree.relation)
    table = scene.known.tables.get(name)
    if table is None:
        if scene.known.complete:
            yield FAILS.found(f"there is no {name}", "-- the name of a table that is there")
        return
    if tree.concurrent and table.partitioned:
        yield FAILS.found(f"{name} is partitioned: CONCURRENTLY is not possible", _on_only(scene))
    if tree.idxname in scene.known.indexes and not tree.if_not_exists:
        yield FAILS.found(f"there is an index {tree.idxname} already", "-- another name")
    missing = [
        e.index_elem.name for e in tree.index_params if e.index_elem.name and table.columns and not table.partial
    ]
    for column in missing:
        if column not in table.columns:
            yield FAILS.found(f"{name} has no column {column}", "-- the name of a column that is there")


def _on_only(scene: Scene) -> str:
    tree = scene.statement.tree
    index = writing.name(tree.idxname or "…")
    return (
        f"CREATE {'UNIQUE ' if tree.unique else ''}INDEX {index} ON ONLY {writing.relation(tree.relation)} (…);\n"
        f"-- for each partition, outside a transaction:\nCREATE INDEX CONCURRENTLY … ON …;\n"
        f"ALTER INDEX {index} ATTACH PARTITION …;"
    )


def _if_not_exists(scene: Scene) -> str:
    return f"-- leave it out, or another name: {trees.written(scene.statement)}"


def _view_apart(scene: Scene, view: str) -> str:
    return f"BEGIN;\nDROP VIEW {view};\n{trees.written(scene.statement)};\nCREATE VIEW {view} AS …;\nCOMMIT;"
