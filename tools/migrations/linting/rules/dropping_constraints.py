"""Constraints that are dropped, apart from those that another one stands in for."""

from __future__ import annotations

from collections.abc import Iterator

from dbengineer.tools.migrations.linting import trees, writing
from dbengineer.tools.migrations.linting.known import Constraint, Table
from dbengineer.tools.migrations.linting.reading import Statement
from dbengineer.tools.migrations.linting.rule import Found, Rule, Scene

CONSTRAINT = Rule(
    name="drop-constraint",
    catches="DROP CONSTRAINT without anything in its place",
    why="rows that it kept out come in from then on, and it cannot be had back without checking every row",
    shown_by="text",
)
PRIMARY = Rule(
    name="drop-primary-key",
    catches="DROP CONSTRAINT of a primary key that is not put back in the same transaction",
    why="meanwhile rows come in twice, and replication and upserts that need the key fail",
    shown_by="text",
)
RULES = (CONSTRAINT, PRIMARY)


def look(scene: Scene) -> Iterator[Found]:
    """Looks at each constraint that an ALTER TABLE drops from a table that was there."""
    name = trees.key(scene.statement.tree.relation) if scene.statement.kind == "alter_table_stmt" else ""
    for command in trees.commands(scene.statement):
        if command.kind == "AT_DropConstraint" and scene.known.exists(name):
            yield from _dropped(scene, name, command)


def _dropped(scene: Scene, name: str, command: trees.Command) -> Iterator[Found]:
    table = scene.known.tables.get(name)
    constraint = table.constraint(command.name) if table else None
    if constraint is None and table and scene.known.complete and command.tree.missing_ok:
        return
    if _put_back(scene, name, command.name, constraint) or _no_longer_needed(scene, table, command.name, constraint):
        return
    primary = constraint is not None and constraint.kind == "PRIMARY"
    yield (PRIMARY if primary else CONSTRAINT).found(command.name, _replaced(scene, command.name))


def _put_back(scene: Scene, table: str, name: str, old: Constraint | None) -> bool:
    """Whether the same statement or a later one adds a constraint of this name, or of this kind on these columns."""
    for statement in (scene.statement, *scene.later):
        if statement.kind != "alter_table_stmt" or trees.key(statement.tree.relation) != table:
            continue
        for command in trees.commands(statement):
            if command.kind == "AT_AddConstraint" and _stands_in(command, name, old):
                return _soon_enough(scene, statement, old)
    return False


def _stands_in(command: trees.Command, name: str, old: Constraint | None) -> bool:
    new = command.definition.constraint
    kind = trees.constraint_kind(new)
    if old is None:
        return bool(new.conname == name)
    if kind != old.kind:
        return False
    columns = trees.strings(new.fk_attrs) or trees.strings(new.keys) or sorted(trees.columns(new.raw_expr))
    return kind == "PRIMARY" or new.conname == name or set(columns) >= set(old.columns) or bool(new.indexname)


def _soon_enough(scene: Scene, statement: Statement, old: Constraint | None) -> bool:
    """A key must not be away between two transactions; other constraints are checked again when they come back."""
    if old is None or old.kind not in ("PRIMARY", "UNIQUE"):
        return True
    return statement is scene.statement or (scene.in_transaction and statement.block == scene.statement.block)


def _no_longer_needed(scene: Scene, table: Table | None, name: str, old: Constraint | None) -> bool:
    if table is None or old is None:
        return _proved_not_null(scene, name)
    if old.new:
        return True
    if old.kind == "CHECK" and _implied(table, old):
        return True
    others = [c for c in table.constraints if c is not old and c.kind == old.kind and c.new]
    return any(set(c.columns) >= set(old.columns) for c in others)


def _implied(table: Table, old: Constraint) -> bool:
    """Whether a CHECK says no more than NOT NULL or a partition's bounds, which the table says by now."""
    columns = trees.not_null_columns(old.tree)
    said = bool(columns) and all(c in table.columns and table.columns[c].not_null for c in columns)
    return bool(table.parent) or (said and columns == set(old.columns))


def _proved_not_null(scene: Scene, name: str) -> bool:
    """Whether the file validates it and then sets NOT NULL, for which it was made."""
    validated = [c for s in scene.before for c in trees.commands(s) if c.kind == "AT_ValidateConstraint"]
    not_null = any(c.kind == "AT_SetNotNull" for s in scene.before for c in trees.commands(s))
    return not_null and any(c.name == name for c in validated)


def _replaced(scene: Scene, name: str) -> str:
    table, constraint = writing.table(scene.statement), writing.name(name)
    return (
        "-- say in the migration why nothing needs it any more; where another one is to take its place, that first:\n"
        f"ALTER TABLE {table} ADD CONSTRAINT {writing.name(name + '_new')} … NOT VALID;\n"
        f"ALTER TABLE {table} VALIDATE CONSTRAINT {writing.name(name + '_new')};\n"
        f"SET lock_timeout = '2s';\nALTER TABLE {table} DROP CONSTRAINT {constraint};"
    )
