"""Names that clients use and that change under them."""

from __future__ import annotations

from collections.abc import Iterator

from dbengineer.tools.migrations.linting import trees, writing
from dbengineer.tools.migrations.linting.rule import Found, Rule, Scene

BREAKS = "clients that use the old name fail from that moment on, and old and new code cannot run side by side"


def _rule(name: str, catches: str) -> Rule:
    return Rule(name=name, catches=catches, why=BREAKS, shown_by="text")


COLUMN = _rule("rename-column", "RENAME COLUMN")
TABLE = _rule("rename-table", "RENAME of a table or view, SET SCHEMA, without a view of the old name")
SCHEMA = _rule("rename-schema", "ALTER SCHEMA … RENAME")
VALUE = _rule("rename-enum-value", "ALTER TYPE … RENAME VALUE")
FUNCTION = _rule("rename-function", "RENAME of a function that clients may call")
RULES = (COLUMN, TABLE, SCHEMA, VALUE, FUNCTION)
OBJECTS = {"FUNCTION": FUNCTION, "PROCEDURE": FUNCTION, "ROUTINE": FUNCTION, "SCHEMA": SCHEMA, "ATTRIBUTE": COLUMN}
TABLES = ("TABLE", "VIEW", "MATVIEW", "FOREIGN_TABLE")


def look(scene: Scene) -> Iterator[Found]:
    """Looks at whatever is renamed."""
    statement, tree = scene.statement, scene.statement.tree
    kind = trees.renamed(statement)
    name = trees.key(tree.relation) if kind and tree.relation.relname else ""
    if kind == "COLUMN" and scene.known.exists(name) and not _new_column(scene, name):
        yield COLUMN.found(tree.subname, _both_columns(scene))
    elif kind in TABLES and scene.known.exists(name) and not _stands_in(scene, name):
        yield TABLE.found(name, _with_view(scene))
    elif kind in OBJECTS:
        yield OBJECTS[kind].found(
            safe_form="-- make the new one beside the old one, move the clients, drop the old one"
        )
    elif statement.kind == "alter_enum_stmt" and tree.old_val:
        yield VALUE.found(tree.old_val, _added_value(scene))
    elif statement.kind == "alter_object_schema_stmt" and tree.relation.relname:
        moved = trees.key(tree.relation)
        if scene.known.exists(moved) and not _stands_in(scene, moved):
            yield TABLE.found(
                f"{moved} moves to another schema", _view(writing.relation(tree.relation), tree.newschema)
            )


def _new_column(scene: Scene, table: str) -> bool:
    """A column that this migration has made; also one that takes the place of another that steps aside here."""
    column = scene.known.column(table, scene.statement.tree.subname)
    return column is not None and column.new


def _stands_in(scene: Scene, name: str) -> bool:
    """Whether a view of the old name, or another table, takes its place before anybody can see that it is gone."""
    for statement in scene.later:
        together = scene.in_transaction and statement.block == scene.statement.block
        if not together:
            continue
        if statement.kind == "view_stmt" and trees.key(statement.tree.view) == name:
            return True
        if trees.renamed(statement) in TABLES and statement.tree.newname == name:
            return True
    return False


def _with_view(scene: Scene) -> str:
    tree = scene.statement.tree
    old, new = writing.relation(tree.relation), writing.name(tree.relation.schemaname, tree.newname)
    return f"BEGIN;\n{trees.written(scene.statement)};\nCREATE VIEW {old} AS SELECT * FROM {new};\nCOMMIT;"


def _view(old: str, schema: str) -> str:
    return (
        f"BEGIN;\nALTER TABLE {old} SET SCHEMA {schema};\n"
        f"CREATE VIEW {old} AS SELECT * FROM {schema}.{old.rsplit('.', 1)[-1]};\nCOMMIT;"
    )


def _both_columns(scene: Scene) -> str:
    tree = scene.statement.tree
    table, key = writing.relation(tree.relation), trees.key(tree.relation)
    old, new = writing.name(tree.subname), writing.name(tree.newname)
    column = scene.known.column(key, tree.subname)
    type_ = column.type.name if column and column.type else "…"
    return (
        f"ALTER TABLE {table} ADD COLUMN {new} {type_};\n"
        f"-- a trigger BEFORE INSERT OR UPDATE that keeps {old} and {new} alike; then\n"
        f"{writing.batches(scene.known, key, f'UPDATE {table} SET {new} = {old}')}\n"
        f"-- deploy code that uses {new}; then drop the trigger and {old}"
    )


def _added_value(scene: Scene) -> str:
    tree = scene.statement.tree
    type_ = writing.name(*trees.strings(tree.type_name))
    new, old = (v.replace("'", "''") for v in (tree.new_val, tree.old_val))
    return (
        f"ALTER TYPE {type_} ADD VALUE '{new}' AFTER '{old}';\n"
        f"-- in the next transactions: code that knows both, rows moved in batches; '{old}' stays"
    )
