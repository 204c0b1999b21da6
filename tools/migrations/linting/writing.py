"""Corrected statements, written from the tree of the statement that is to be corrected."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dbengineer.tools.migrations.linting import trees
from dbengineer.tools.migrations.linting.known import Known
from dbengineer.tools.migrations.linting.reading import Statement

PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")


def name(*parts: str) -> str:
    """A qualified name, quoted where it has to be."""
    return ".".join(_quoted(part) for part in parts if part)


def _quoted(part: str) -> str:
    import postgast

    plain = PLAIN.fullmatch(part)
    if plain:
        try:
            postgast.parse(f"CREATE TABLE {part} ({part} int)")
            return part
        except postgast.errors.PgQueryError:
            pass
    return '"' + part.replace('"', '""') + '"'


def relation(node: Any) -> str:
    """A relation's name as SQL."""
    return name(node.schemaname, node.relname)


def table(statement: Statement) -> str:
    """The name of the table that a statement is about."""
    return relation(statement.tree.relation)


def expression(node: Any) -> str:
    """An expression as SQL."""
    import postgast

    whole = postgast.parse("SELECT 1")
    whole.stmts[0].stmt.select_stmt.target_list[0].res_target.val.CopyFrom(node)
    return str(postgast.deparse(whole)).removeprefix("SELECT ")


def changed(statement: Statement, change: Callable[[Any], None]) -> str:
    """The statement with a change made to its tree."""
    whole, tree = trees.copied(statement)
    change(tree)
    return f"{trees.deparsed(whole)};"


def only(statement: Statement, number: int, change: Callable[[Any], None]) -> str:
    """An ALTER TABLE with nothing but one of its subcommands, and a change made to that."""
    whole, tree = trees.copied(statement)
    command = tree.cmds[number]
    del tree.cmds[:]
    tree.cmds.append(command)
    change(tree.cmds[0].alter_table_cmd)
    return f"{trees.deparsed(whole)};"


def not_valid(command: Any) -> None:
    """Marks the constraint of an ADD CONSTRAINT as not valid."""
    constraint = getattr(command, "def").constraint
    constraint.skip_validation, constraint.initially_valid = True, False


def lacking(*kinds: str) -> Callable[[Any], None]:
    """The change that takes constraints of some kinds out of an ADD COLUMN."""

    def take(command: Any) -> None:
        definition = getattr(command, "def").column_def
        kept = [c for c in definition.constraints if trees.constraint_kind(c.constraint) not in kinds]
        del definition.constraints[:]
        definition.constraints.extend(kept)

    return take


def key_of(known: Known, table: str) -> str:
    """The column by which a table is gone through in batches: its key where it is known, else `id`."""
    found = known.tables.get(table)
    keys = [c.columns[0] for c in found.constraints if c.kind in ("PRIMARY", "UNIQUE") and c.columns] if found else []
    return name(keys[0]) if keys else "id"


def batches(known: Known, table: str, statement: str, where: str = "") -> str:
    """A statement over all rows, in pieces: repeated until it touches no row, each time in its own transaction."""
    key = key_of(known, table)
    more = f"{where} AND " if where else ""
    return (
        f"-- outside a transaction, again and again with the next range until the end, a commit after each:\n"
        f"{statement} WHERE {more}{key} >= :from AND {key} < :to;"
    )


def not_null(known: Known, table: str, column: str, schema_table: str) -> str:
    """SET NOT NULL without a scan under ACCESS EXCLUSIVE, in the form of the server's version."""
    c = name(column)
    plain = schema_table.rsplit(".", 1)[-1].strip('"')
    constraint = name(f"{plain}_{column}_not_null")
    if known.version >= 18:
        return (
            f"ALTER TABLE {schema_table} ADD CONSTRAINT {constraint} NOT NULL {c} NOT VALID;\n"
            f"-- in a transaction of its own:\nALTER TABLE {schema_table} VALIDATE CONSTRAINT {constraint};"
        )
    return (
        f"ALTER TABLE {schema_table} ADD CONSTRAINT {constraint} CHECK ({c} IS NOT NULL) NOT VALID;\n"
        f"-- in a transaction of its own:\nALTER TABLE {schema_table} VALIDATE CONSTRAINT {constraint};\n"
        f"-- in another: the valid check proves it, so nothing is scanned:\n"
        f"ALTER TABLE {schema_table} ALTER COLUMN {c} SET NOT NULL;\n"
        f"ALTER TABLE {schema_table} DROP CONSTRAINT {constraint};"
    )
