"""NOT NULL, set and dropped."""

from __future__ import annotations

from collections.abc import Iterator

from dbengineer.tools.migrations.linting import trees, writing
from dbengineer.tools.migrations.linting.rule import Found, Rule, Scene

SET = Rule(
    name="set-not-null-scan",
    catches="SET NOT NULL without a valid CHECK that proves it",
    why="every row is looked at while nobody can read or write the table",
    works=True,
)
DROP = Rule(
    name="drop-not-null",
    catches="DROP NOT NULL",
    why="clients that rely on a value get NULL from then on",
    shown_by="text",
)
RULES = (SET, DROP)


def look(scene: Scene) -> Iterator[Found]:
    """Looks at columns that become NOT NULL, or cease to be."""
    name = trees.key(scene.statement.tree.relation) if scene.statement.kind == "alter_table_stmt" else ""
    for command in trees.commands(scene.statement):
        constraint = command.definition.constraint
        named = command.kind == "AT_AddConstraint" and trees.constraint_kind(constraint) == "NOTNULL"
        if command.kind == "AT_SetNotNull":
            yield from _set(scene, name, [command.name])
        elif named and not constraint.skip_validation:
            yield from _set(scene, name, trees.strings(constraint.keys))
        elif command.kind == "AT_DropNotNull" and scene.known.exists(name) and _was_not_null(scene, name, command.name):
            yield DROP.found(command.name, _tolerant_first(scene))


def _set(scene: Scene, name: str, columns: list[str]) -> Iterator[Found]:
    table = scene.known.tables.get(name)
    if not scene.known.large(name):
        return
    for column in columns:
        proven = table is not None and table.proves_not_null(column) and scene.known.version >= 12
        if not proven:
            safe = writing.not_null(scene.known, name, column, writing.table(scene.statement))
            yield SET.found(column, safe)


def _was_not_null(scene: Scene, table: str, column: str) -> bool:
    known = scene.known.column(table, column)
    return known is None or (known.not_null and not known.new)


def _tolerant_first(scene: Scene) -> str:
    return (
        "-- first deploy code that can read NULL here, everywhere; then:\n"
        f"SET lock_timeout = '2s';\n{trees.written(scene.statement)};"
    )
