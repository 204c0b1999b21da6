"""Follows what is said of columns and constraints."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dbengineer.tools.migrations.linting import trees
from dbengineer.tools.migrations.linting.known import Column, Constraint, Index, Known, Table
from dbengineer.tools.migrations.linting.trees import Command

SERIAL = {"serial", "bigserial", "smallserial", "serial4", "serial8", "serial2"}


def copy(column: Column) -> Column:
    """The same column for another table."""
    return replace(column)


def add(known: Known, table: Table, definition: Any, *, created: bool) -> None:
    """A column that a table gets; `created`: with the table, so that no row is without it."""
    if definition.colname in table.columns and not created:
        return  # IF NOT EXISTS, or it fails
    kinds = {trees.constraint_kind(c.constraint) for c in definition.constraints}
    serial = definition.type_name.names and trees.typed(definition).name in SERIAL
    filled = created or serial or bool(kinds & {"DEFAULT", "IDENTITY", "GENERATED"})
    table.columns[definition.colname] = Column(
        definition.colname,
        trees.typed(definition) if definition.type_name.names else None,
        not_null=serial or bool(kinds & {"NOTNULL", "PRIMARY", "IDENTITY"}),
        filled=filled or not known.may_have_rows(table.name),
        generated=next(
            (c.constraint.generated_kind for c in definition.constraints if c.constraint.generated_kind), ""
        ),
        new=known.migrating,
    )
    for node in definition.constraints:
        constrain(known, table, node.constraint, column=definition.colname)


def constrain(known: Known, table: Table, constraint: Any, column: str = "") -> None:
    """A constraint that a table gets, of one column or of the table."""
    kind = trees.constraint_kind(constraint)
    if kind not in ("CHECK", "FOREIGN", "UNIQUE", "PRIMARY", "EXCLUSION", "NOTNULL"):
        return
    keys = tuple(trees.strings(constraint.fk_attrs) or trees.strings(constraint.keys)) or (column,) * bool(column)
    if constraint.indexname in known.indexes:
        keys = known.indexes[constraint.indexname].keys
    if kind == "CHECK":
        keys = tuple(sorted(trees.columns(constraint.raw_expr)))
    name = constraint.conname or _default_name(table.name, kind, keys)
    table.constraints.append(
        Constraint(
            name,
            kind,
            keys,
            valid=not constraint.skip_validation,
            tree=constraint.raw_expr if kind == "CHECK" else None,
            references=trees.key(constraint.pktable) if kind == "FOREIGN" else "",
            new=known.migrating,
        )
    )
    if kind in ("PRIMARY", "NOTNULL") and not constraint.skip_validation:
        for key in keys:
            if key in table.columns:
                table.columns[key].not_null = True
    if kind in ("UNIQUE", "PRIMARY"):
        known.indexes.pop(constraint.indexname, None)
        known.indexes[name] = Index(name, table.name, keys, frozenset(keys), unique=True, new=known.migrating)


def _default_name(table: str, kind: str, keys: tuple[str, ...]) -> str:
    """The name that PostgreSQL gives a constraint that has none."""
    plain = table.rsplit(".", 1)[-1]
    if kind == "PRIMARY":
        return f"{plain}_pkey"
    suffix = {"UNIQUE": "key", "FOREIGN": "fkey", "CHECK": "check", "EXCLUSION": "excl", "NOTNULL": "not_null"}[kind]
    return "_".join((plain, *keys, suffix))


def alter(known: Known, table: Table, command: Command) -> None:
    """One subcommand of an ALTER TABLE."""
    if command.kind == "AT_AddColumn":
        add(known, table, command.definition.column_def, created=False)
    elif command.kind == "AT_AddConstraint":
        constrain(known, table, command.definition.constraint)
    elif command.kind == "AT_ValidateConstraint":
        _validate(table, command.name)
    elif command.kind == "AT_DropConstraint":
        table.constraints = [c for c in table.constraints if c.name != command.name]
        known.indexes.pop(command.name, None)
    elif command.kind == "AT_DropColumn":
        table.columns.pop(command.name, None)
    elif command.kind == "AT_AttachPartition":
        _attach(known, table, command.definition.partition_cmd)
    elif command.kind == "AT_DetachPartition":
        name = trees.key(command.definition.partition_cmd.name)
        if name in known.tables:
            known.tables[name].parent = ""
    elif command.name in table.columns:
        _alter_column(table.columns[command.name], command)


def _alter_column(column: Column, command: Command) -> None:
    if command.kind == "AT_SetNotNull":
        column.not_null = True
    elif command.kind == "AT_DropNotNull":
        column.not_null = False
    elif command.kind == "AT_AlterColumnType":
        column.type = trees.typed(command.definition.column_def)
    elif command.kind == "AT_DropExpression":
        column.generated = ""


def _validate(table: Table, name: str) -> None:
    constraint = table.constraint(name)
    if constraint is not None:
        constraint.valid = True
        if constraint.kind == "NOTNULL":
            for key in constraint.columns:
                if key in table.columns:
                    table.columns[key].not_null = True


def _attach(known: Known, table: Table, partition: Any) -> None:
    child = known.tables.get(trees.key(partition.name))
    if child is not None:
        child.parent, child.is_default = table.name, partition.bound.is_default
