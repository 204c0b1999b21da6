"""What is dropped while clients use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dbengineer.tools.migrations.linting import trees, writing
from dbengineer.tools.migrations.linting.rule import Found, Rule, Scene

GONE = "clients that still use it fail, and the data is gone: there is no way back"


def _rule(name: str, catches: str, why: str = GONE) -> Rule:
    return Rule(name=name, catches=catches, why=why, shown_by="text")


COLUMN = _rule("drop-column", "DROP COLUMN, also by DROP TYPE and DROP EXTENSION … CASCADE")
TABLE = _rule("drop-table", "DROP TABLE of a table that was there")
VIEW = _rule("drop-view", "DROP VIEW of a view that is not made again", "clients that read it fail")
SCHEMA = _rule("drop-schema", "DROP SCHEMA")
DATABASE = _rule("drop-database", "DROP DATABASE, DROP OWNED")
BY_CASCADE = _rule(
    "drop-default-via-cascade",
    "DROP FUNCTION, DROP SEQUENCE … CASCADE",
    "defaults, triggers, indexes and views that use it go with it, and nothing says which",
)
RULES = (COLUMN, TABLE, VIEW, SCHEMA, DATABASE, BY_CASCADE)
COLUMNS_GO = ("TYPE", "DOMAIN", "EXTENSION")
DEFAULTS_GO = ("FUNCTION", "PROCEDURE", "ROUTINE", "SEQUENCE", "AGGREGATE", "OPERATOR", "COLLATION")
VIEWS = ("VIEW", "MATVIEW")


def look(scene: Scene) -> Iterator[Found]:
    """Looks at columns, tables and whatever else is dropped."""
    statement = scene.statement
    for command in trees.commands(statement):
        if command.kind == "AT_DropColumn" and _used(scene, command):
            yield COLUMN.found(command.name, _column_later(scene))
    if statement.kind in ("dropdb_stmt", "drop_owned_stmt"):
        yield DATABASE.found(safe_form=_confirmed(statement.text))
    kind, objects = trees.dropped(statement)
    cascade = kind != "" and _cascades(statement.tree)
    for parts in objects:
        yield from _object(scene, kind, parts, cascade)


def _cascades(tree: Any) -> bool:
    from postgast import pg_query_pb2 as grammar

    return bool(tree.behavior == grammar.DropBehavior.DROP_CASCADE)


def _used(scene: Scene, command: trees.Command) -> bool:
    name = trees.key(scene.statement.tree.relation)
    if not scene.known.exists(name):
        return False
    table, column = scene.known.tables.get(name), scene.known.column(name, command.name)
    if table and table.columns and not table.partial and column is None and command.tree.missing_ok:
        return False
    return column is None or not column.new


def _object(scene: Scene, kind: str, parts: list[str], cascade: bool) -> Iterator[Found]:
    name = trees.named(parts)
    if kind in ("TABLE", "FOREIGN_TABLE") and _was_there(scene, name):
        yield TABLE.found(name, _renamed_first(name))
    elif kind in VIEWS and _was_there(scene, name) and not _made_again(scene, name):
        yield VIEW.found(name, f"-- first deploy code that does not read {name}; then:\n{scene.statement.text};")
    elif kind == "SCHEMA" and not (
        scene.known.complete and scene.statement.tree.missing_ok and _no_schema(scene, name)
    ):
        yield SCHEMA.found(name, _confirmed(scene.statement.text))
    elif cascade and kind in COLUMNS_GO and not (kind != "EXTENSION" and _unused(scene, name)):
        yield COLUMN.found(
            f"columns that use {name} go with it", f"-- change these columns first; then:\n{_restrict(scene)}"
        )
    elif cascade and kind in DEFAULTS_GO:
        yield BY_CASCADE.found(name, f"-- change what uses it first; then:\n{_restrict(scene)}")


def _was_there(scene: Scene, name: str) -> bool:
    if name not in scene.known.tables and scene.known.complete and scene.statement.tree.missing_ok:
        return False
    return scene.known.exists(name)


def _no_schema(scene: Scene, name: str) -> bool:
    return name not in scene.known.schemas


def _unused(scene: Scene, name: str) -> bool:
    every = [c for t in scene.known.tables.values() for c in t.columns.values()]
    return scene.known.complete and not any(c.type and c.type.name == name for c in every)


def _made_again(scene: Scene, name: str) -> bool:
    made = {"view_stmt": lambda t: trees.key(t.view), "create_table_as_stmt": lambda t: trees.key(t.into.rel)}
    return any(s.kind in made and made[s.kind](s.tree) == name for s in scene.later)


def _column_later(scene: Scene) -> str:
    return (
        "-- first deploy code that neither reads nor writes the column (no SELECT *, no model with it); then:\n"
        f"SET lock_timeout = '2s';\n{trees.written(scene.statement)};"
    )


def _renamed_first(name: str) -> str:
    table = writing.name(*name.split("."))
    gone = writing.name(f"{name.rsplit('.', 1)[-1]}_to_drop")
    return (
        f"-- when no code uses it any more:\nALTER TABLE {table} RENAME TO {gone};\n"
        f"-- and after a time in which nobody missed it, with a backup at hand:\nDROP TABLE {gone};"
    )


def _confirmed(statement: str) -> str:
    return f"-- by hand, by a person who knows what is in it and has a backup; not in a migration:\n-- {statement};"


def _restrict(scene: Scene) -> str:
    from postgast import pg_query_pb2 as grammar

    def change(tree: Any) -> None:
        tree.behavior = grammar.DropBehavior.DROP_RESTRICT

    return writing.changed(scene.statement, change)
