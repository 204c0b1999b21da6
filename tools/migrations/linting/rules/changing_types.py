"""Columns that get another type."""

from __future__ import annotations

from collections.abc import Iterator

from dbengineer.tools.migrations.linting import trees, types, writing
from dbengineer.tools.migrations.linting.known import Column
from dbengineer.tools.migrations.linting.rule import Found, Rule, Scene
from dbengineer.tools.migrations.linting.trees import Command

REWRITE = Rule(
    name="column-type-rewrite",
    catches="a change of type for which rows are stored otherwise",
    why="the table and all its indexes are written again while nobody can read or write it",
    works=True,
)
INDEXES = Rule(
    name="index-rebuild-under-access-exclusive",
    catches="a change of type or collation for which indexes are built again",
    why="no row is written again, but an index of the column is built while nobody can read or write the table",
    works=True,
)
RECHECK = Rule(
    name="type-change-rechecks-constraint",
    catches="a change of type of a column with a CHECK",
    why="no row is written again, but every row is checked again while nobody can read or write the table",
    works=True,
)
RULES = (REWRITE, INDEXES, RECHECK)


def look(scene: Scene) -> Iterator[Found]:
    """Looks at each change of a type or of what a column is generated from."""
    for command in trees.commands(scene.statement):
        if scene.known.large(trees.key(scene.statement.tree.relation)):
            if command.kind == "AT_AlterColumnType":
                yield from _type(scene, command)
            elif command.kind == "AT_SetExpression":
                yield from _expression(scene, command)


def _type(scene: Scene, command: Command) -> Iterator[Found]:
    table = trees.key(scene.statement.tree.relation)
    column = scene.known.column(table, command.name)
    definition = command.definition.column_def
    new = trees.typed(definition)
    if column is None or column.type is None:
        yield REWRITE.found(f"the type of {command.name} is not known here", _other_column(scene, command))
    elif types.computes(command.name, definition) or types.rewrites(scene.known, column.type, new):
        yield REWRITE.found(f"{_shown(column.type)} to {_shown(new)}", _other_column(scene, command))
    else:
        yield from _in_place(scene, command, column)


def _in_place(scene: Scene, command: Command, column: Column) -> Iterator[Found]:
    """The rows stay as they are; what depends on the column may not."""
    assert column.type is not None
    table = trees.key(scene.statement.tree.relation)
    statement = f"{trees.written(scene.statement)};"
    new = trees.typed(command.definition.column_def)
    rebuilt = types.rebuilds_indexes(column.type, new)
    for index in scene.known.indexes_of(table):
        if column.name in index.uses and (rebuilt or not index.plain):
            name = writing.name(index.name)
            safe = (
                f"-- outside a transaction:\nDROP INDEX CONCURRENTLY {name};\n{statement}\n"
                f"-- outside a transaction, then look that it is valid:\nCREATE INDEX CONCURRENTLY {name} ON …;"
            )
            yield INDEXES.found(index.name, safe)
    for constraint in scene.known.tables[table].constraints:
        if constraint.kind == "CHECK" and constraint.valid and column.name in constraint.columns:
            yield RECHECK.found(constraint.name, _without_check(scene, constraint.name, constraint.tree))


def _without_check(scene: Scene, name: str, condition: object) -> str:
    table, constraint = writing.table(scene.statement), writing.name(name)
    return (
        f"ALTER TABLE {table} DROP CONSTRAINT {constraint};\n{trees.written(scene.statement)};\n"
        f"ALTER TABLE {table} ADD CONSTRAINT {constraint} CHECK ({writing.expression(condition)}) NOT VALID;\n"
        f"-- in a transaction of its own:\nALTER TABLE {table} VALIDATE CONSTRAINT {constraint};"
    )


def _expression(scene: Scene, command: Command) -> Iterator[Found]:
    column = scene.known.column(trees.key(scene.statement.tree.relation), command.name)
    if column is None or column.generated != "v":
        yield REWRITE.found(f"{command.name} is stored", _other_column(scene, command))


def _other_column(scene: Scene, command: Command) -> str:
    table, old, new = writing.table(scene.statement), writing.name(command.name), writing.name(f"{command.name}_new")
    key = trees.key(scene.statement.tree.relation)
    definition = command.definition.column_def
    using = writing.expression(definition.raw_default) if definition.HasField("raw_default") else old
    type_ = _shown(trees.typed(definition)) if definition.type_name.names else "…"
    fill = writing.batches(scene.known, key, f"UPDATE {table} SET {new} = {using}", f"{new} IS DISTINCT FROM {using}")
    return (
        f"ALTER TABLE {table} ADD COLUMN {new} {type_};\n"
        f"-- a trigger BEFORE INSERT OR UPDATE that sets NEW.{new} from NEW.{old}; then\n{fill}\n"
        f"-- build its indexes CONCURRENTLY; then, in one short transaction with a lock_timeout:\n"
        f"ALTER TABLE {table} RENAME COLUMN {old} TO {writing.name(command.name + '_old')};\n"
        f"ALTER TABLE {table} RENAME COLUMN {new} TO {old};"
    )


def _shown(type_: trees.Type) -> str:
    modifiers = f"({', '.join(map(str, type_.modifiers))})" if type_.modifiers else ""
    collation = f' COLLATE "{type_.collation}"' if type_.collation else ""
    return f"{type_.name}{modifiers}{'[]' if type_.array else ''}{collation}"
