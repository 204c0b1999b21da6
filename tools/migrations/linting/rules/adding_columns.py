"""Columns that cannot be added without touching every row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dbengineer.tools.migrations.linting import trees, volatility, writing
from dbengineer.tools.migrations.linting.columns import SERIAL
from dbengineer.tools.migrations.linting.rule import Found, Rule, Scene

REWRITE = "the table and all its indexes are written again while nobody can read or write it"
VOLATILE = Rule(
    name="add-column-volatile-default",
    catches="ADD COLUMN with a default that has another value for each row",
    why=REWRITE,
    works=True,
)
NOT_NULL = Rule(
    name="add-column-not-null-no-default",
    catches="ADD COLUMN … NOT NULL without a default",
    why="the rows that are there would have no value, so it fails on a table that is not empty",
)
SERIALS = Rule(
    name="add-column-serial-identity",
    catches="ADD COLUMN of a serial type or GENERATED … AS IDENTITY",
    why=REWRITE,
    works=True,
)
STORED = Rule(
    name="add-column-stored-generated",
    catches="ADD COLUMN GENERATED … STORED",
    why=REWRITE,
    works=True,
)
DOMAIN = Rule(
    name="add-column-constrained-domain",
    catches="ADD COLUMN whose type is a domain with a constraint",
    why=REWRITE,
    works=True,
)
CHECK = Rule(
    name="add-column-inline-check",
    catches="ADD COLUMN … CHECK",
    why="every row is checked while nobody can read or write the table",
    works=True,
)
JSON = Rule(
    name="json-column",
    catches="ADD COLUMN json",
    why="json has no equality: SELECT DISTINCT, GROUP BY and UNION over the table fail from then on",
    shown_by="text",
)
RULES = (VOLATILE, NOT_NULL, SERIALS, STORED, DOMAIN, CHECK, JSON)


def look(scene: Scene) -> Iterator[Found]:
    """Looks at each column that an ALTER TABLE adds to a table that was there."""
    for number, command in enumerate(trees.commands(scene.statement)):
        if command.kind == "AT_AddColumn" and not _there(scene, command):
            yield from _column(scene, number, command.definition.column_def)


def _there(scene: Scene, command: trees.Command) -> bool:
    """Whether IF NOT EXISTS finds the column, so that nothing is done."""
    table = trees.key(scene.statement.tree.relation)
    column = command.definition.column_def.colname
    return command.tree.missing_ok and scene.known.column(table, column) is not None


def _column(scene: Scene, number: int, definition: Any) -> Iterator[Found]:
    table = trees.key(scene.statement.tree.relation)
    constraints = {trees.constraint_kind(c.constraint): c.constraint for c in definition.constraints}
    if not definition.type_name.names:
        return
    type_ = trees.typed(definition)
    filled = constraints.keys() & {"DEFAULT", "IDENTITY", "GENERATED"} or type_.name in SERIAL
    if constraints.keys() & {"NOTNULL", "PRIMARY"} and not filled and scene.known.may_have_rows(table):
        yield NOT_NULL.found(definition.colname, _nullable_first(scene, number, definition))
    if type_.name == "json" and not type_.array and scene.known.exists(table):
        yield JSON.found(definition.colname, writing.only(scene.statement, number, _jsonb))
    if scene.known.large(table):
        yield from _rewriting(scene, number, definition, constraints)


def _rewriting(scene: Scene, number: int, definition: Any, constraints: dict[str, Any]) -> Iterator[Found]:
    type_, column = trees.typed(definition), definition.colname
    default = constraints.get("DEFAULT")
    culprit = volatility.volatile(scene.known, default.raw_expr) if default is not None else ""
    generated = constraints.get("GENERATED")
    domain = scene.known.domains.get(type_.name)
    if culprit:
        yield VOLATILE.found(f"{culprit}() is volatile", _filled_later(scene, number, definition, default))
    if type_.name in SERIAL or "IDENTITY" in constraints:
        yield SERIALS.found(column, _sequence(scene, definition))
    if generated is not None and generated.generated_kind != "v":
        yield STORED.found(column, _virtual(scene, number, definition))
    if domain and domain.constrained:
        yield DOMAIN.found(f"{type_.name} has a constraint", _base(scene, number, definition))
    if "CHECK" in constraints:
        yield CHECK.found(column, _checked_later(scene, number, definition, constraints["CHECK"]))


def _nullable_first(scene: Scene, number: int, definition: Any) -> str:
    table, column = writing.table(scene.statement), definition.colname
    key = trees.key(scene.statement.tree.relation)
    add = writing.only(scene.statement, number, writing.lacking("NOTNULL", "PRIMARY"))
    fill = writing.batches(scene.known, key, f"UPDATE {table} SET {writing.name(column)} = …")
    return f"{add}\n{fill}\n{writing.not_null(scene.known, key, column, table)}"


def _filled_later(scene: Scene, number: int, definition: Any, default: Any) -> str:
    table, column = writing.table(scene.statement), writing.name(definition.colname)
    key = trees.key(scene.statement.tree.relation)
    add = writing.only(scene.statement, number, writing.lacking("DEFAULT", "NOTNULL"))
    default_set = f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {writing.expression(default.raw_expr)};"
    fill = writing.batches(scene.known, key, f"UPDATE {table} SET {column} = DEFAULT", f"{column} IS NULL")
    kinds = {trees.constraint_kind(c.constraint) for c in definition.constraints}
    last = "\n" + writing.not_null(scene.known, key, definition.colname, table) if "NOTNULL" in kinds else ""
    return f"{add}\n{default_set}\n{fill}{last}"


def _sequence(scene: Scene, definition: Any) -> str:
    table, column = writing.table(scene.statement), writing.name(definition.colname)
    key = trees.key(scene.statement.tree.relation)
    sequence = writing.name(f"{scene.statement.tree.relation.relname}_{definition.colname}_seq")
    fill = writing.batches(scene.known, key, f"UPDATE {table} SET {column} = DEFAULT", f"{column} IS NULL")
    return (
        f"ALTER TABLE {table} ADD COLUMN {column} bigint;\n"
        f"CREATE SEQUENCE {sequence} OWNED BY {table}.{column};\n"
        f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT nextval('{sequence}');\n"
        f"{fill}\n{writing.not_null(scene.known, key, definition.colname, table)}"
    )


def _virtual(scene: Scene, number: int, definition: Any) -> str:
    if scene.known.version >= 18:

        def change(command: Any) -> None:
            for node in getattr(command, "def").column_def.constraints:
                if trees.constraint_kind(node.constraint) == "GENERATED":
                    node.constraint.generated_kind = "v"

        return writing.only(scene.statement, number, change)
    add = writing.only(scene.statement, number, writing.lacking("GENERATED"))
    return f"{add}\n-- a trigger computes it for rows that are written, and batches for the rows that are there"


def _base(scene: Scene, number: int, definition: Any) -> str:
    table, column = writing.table(scene.statement), writing.name(definition.colname)
    base = scene.known.domains[trees.typed(definition).name].base

    def change(command: Any) -> None:
        type_name = getattr(command, "def").column_def.type_name
        del type_name.names[1:]
        type_name.names[0].string.sval = base.name

    name = writing.name(f"{scene.statement.tree.relation.relname}_{definition.colname}_check")
    return (
        f"{writing.only(scene.statement, number, change)}\n"
        f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} …the condition of the domain…) NOT VALID;\n"
        f"-- in a transaction of its own:\nALTER TABLE {table} VALIDATE CONSTRAINT {name};"
    )


def _checked_later(scene: Scene, number: int, definition: Any, check: Any) -> str:
    table = writing.table(scene.statement)
    name = writing.name(check.conname or f"{scene.statement.tree.relation.relname}_{definition.colname}_check")
    return (
        f"{writing.only(scene.statement, number, writing.lacking('CHECK'))}\n"
        f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({writing.expression(check.raw_expr)}) NOT VALID;\n"
        f"-- in a transaction of its own:\nALTER TABLE {table} VALIDATE CONSTRAINT {name};"
    )


def _jsonb(command: Any) -> None:
    names = getattr(command, "def").column_def.type_name.names
    names[len(names) - 1].string.sval = "jsonb"
