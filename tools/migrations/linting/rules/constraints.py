"""Constraints that are checked against every row while the table is locked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dbengineer.tools.migrations.linting import trees, writing
from dbengineer.tools.migrations.linting.columns import SERIAL
from dbengineer.tools.migrations.linting.rule import Found, Rule, Scene

FOREIGN = Rule(
    name="fk-validating",
    catches="a foreign key without NOT VALID",
    why="every row is looked up in the other table while nobody can write either of them",
    works=True,
)
CHECK = Rule(
    name="check-validating",
    catches="ADD CHECK without NOT VALID",
    why="every row is checked while nobody can read or write the table",
    works=True,
)
UNIQUE = Rule(
    name="unique-constraint-blocking",
    catches="a UNIQUE constraint that builds its index",
    why="an index is built while nobody can read or write the table",
    works=True,
)
PRIMARY = Rule(
    name="primary-key-blocking",
    catches="ADD PRIMARY KEY that builds its index",
    why="an index is built while nobody can read or write the table",
    works=True,
)
USING_INDEX = Rule(
    name="pk-using-index-nullable-column",
    catches="PRIMARY KEY USING INDEX over a column that may be null",
    why="every row is looked at for NULL while nobody can read or write the table",
    works=True,
)
EXCLUSION = Rule(
    name="exclusion-constraint-blocking",
    catches="ADD EXCLUDE",
    why="its index is built, row by row, while nobody can read or write the table; there is no way to do it online",
    works=True,
)
RULES = (FOREIGN, CHECK, UNIQUE, PRIMARY, USING_INDEX, EXCLUSION)


def look(scene: Scene) -> Iterator[Found]:
    """Looks at each constraint that an ALTER TABLE adds, of the table or of a new column."""
    for number, command in enumerate(trees.commands(scene.statement)):
        if command.kind == "AT_AddConstraint":
            yield from _constraint(scene, number, command.definition.constraint)
        elif command.kind == "AT_AddColumn":
            yield from _inline(scene, number, command.definition.column_def)


def _constraint(scene: Scene, number: int, constraint: Any) -> Iterator[Found]:
    table = trees.key(scene.statement.tree.relation)
    kind = trees.constraint_kind(constraint)
    lazy = constraint.skip_validation or (kind in ("CHECK", "FOREIGN") and not constraint.is_enforced)
    if lazy or not scene.known.large(table):
        return
    if kind == "FOREIGN":
        if scene.known.may_have_rows(table):
            yield FOREIGN.found(safe_form=_not_valid(scene, number, constraint))
    elif kind == "CHECK":
        yield CHECK.found(safe_form=_not_valid(scene, number, constraint))
    elif kind == "EXCLUSION":
        yield EXCLUSION.found(safe_form=_new_table(scene))
    elif constraint.indexname:
        yield from _using_index(scene, constraint)
    elif kind in ("UNIQUE", "PRIMARY"):
        rule = UNIQUE if kind == "UNIQUE" else PRIMARY
        columns = trees.strings(constraint.keys)
        yield rule.found(safe_form=_built_first(scene, kind, constraint.conname, columns))


def _inline(scene: Scene, number: int, definition: Any) -> Iterator[Found]:
    """A new column is NULL everywhere: its index is built, but a foreign key is checked only where it has a default."""
    table = trees.key(scene.statement.tree.relation)
    if not scene.known.large(table):
        return
    constraints = {trees.constraint_kind(c.constraint): c.constraint for c in definition.constraints}
    serial = definition.type_name.names and trees.typed(definition).name in SERIAL
    valued = "IDENTITY" in constraints or "GENERATED" in constraints or serial or _has_value(constraints.get("DEFAULT"))
    for kind, rule in (("UNIQUE", UNIQUE), ("PRIMARY", PRIMARY)):
        if kind in constraints:
            add = writing.only(scene.statement, number, writing.lacking(kind))
            built = _built_first(scene, kind, constraints[kind].conname, [definition.colname])
            yield rule.found(definition.colname, f"{add}\n{built}")
    if "FOREIGN" in constraints and valued and not constraints["FOREIGN"].skip_validation:
        yield FOREIGN.found(f"{definition.colname} has a default", _inline_foreign(scene, number, definition))


def _has_value(default: Any) -> bool:
    return default is not None and not default.raw_expr.a_const.isnull


def _using_index(scene: Scene, constraint: Any) -> Iterator[Found]:
    table = scene.known.tables.get(trees.key(scene.statement.tree.relation))
    index = scene.known.indexes.get(constraint.indexname)
    if trees.constraint_kind(constraint) != "PRIMARY" or table is None or index is None:
        return
    nullable = [k for k in index.keys if k in table.columns and not table.proves_not_null(k)]
    if nullable:
        where = writing.table(scene.statement)
        first = "\n".join(writing.not_null(scene.known, table.name, column, where) for column in nullable)
        yield USING_INDEX.found(", ".join(nullable), f"{first}\n{trees.written(scene.statement)};")


def _not_valid(scene: Scene, number: int, constraint: Any) -> str:
    table = writing.table(scene.statement)
    columns = trees.strings(constraint.fk_attrs) or sorted(trees.columns(constraint.raw_expr))
    suffix = "fkey" if trees.constraint_kind(constraint) == "FOREIGN" else "check"
    name = constraint.conname or "_".join((scene.statement.tree.relation.relname, *columns, suffix))

    def change(command: Any) -> None:
        writing.not_valid(command)
        getattr(command, "def").constraint.conname = name

    return (
        f"{writing.only(scene.statement, number, change)}\n"
        f"-- in a transaction of its own:\nALTER TABLE {table} VALIDATE CONSTRAINT {writing.name(name)};"
    )


def _built_first(scene: Scene, kind: str, name: str, columns: list[str]) -> str:
    table, plain = writing.table(scene.statement), scene.statement.tree.relation.relname
    known = scene.known.tables.get(trees.key(scene.statement.tree.relation))
    constraint = writing.name(name or ("_".join((plain, *columns, "key")) if kind == "UNIQUE" else f"{plain}_pkey"))
    index = writing.name("_".join((plain, *columns, "idx")))
    listed = ", ".join(writing.name(c) for c in columns)
    nullable = [c for c in columns if kind == "PRIMARY" and not (known and known.proves_not_null(c))]
    first = [writing.not_null(scene.known, plain, column, table) for column in nullable]
    steps = [
        *first,
        f"-- outside a transaction:\nCREATE UNIQUE INDEX CONCURRENTLY {index} ON {table} ({listed});",
        f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {'PRIMARY KEY' if kind == 'PRIMARY' else 'UNIQUE'} "
        f"USING INDEX {index};",
    ]
    return "\n".join(steps)


def _inline_foreign(scene: Scene, number: int, definition: Any) -> str:
    table, column = writing.table(scene.statement), writing.name(definition.colname)
    name = writing.name(f"{scene.statement.tree.relation.relname}_{definition.colname}_fkey")
    key = next(c.constraint for c in definition.constraints if trees.constraint_kind(c.constraint) == "FOREIGN")
    other = writing.relation(key.pktable)
    there = ", ".join(writing.name(c) for c in trees.strings(key.pk_attrs))
    return (
        f"{writing.only(scene.statement, number, writing.lacking('FOREIGN'))}\n"
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}) REFERENCES {other}"
        f"{f' ({there})' if there else ''} NOT VALID;\n"
        f"-- in a transaction of its own:\nALTER TABLE {table} VALIDATE CONSTRAINT {name};"
    )


def _new_table(scene: Scene) -> str:
    table = writing.table(scene.statement)
    return (
        "-- a new table with the constraint from the start, filled in batches beside a trigger that keeps it up to\n"
        f"-- date, then swapped by name in one short transaction; or in a window in which {table} is not used:\n"
        f"SET lock_timeout = '2s';\n{trees.written(scene.statement)};"
    )
