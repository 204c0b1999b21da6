"""Whether the rows that are there allow a change: questions that read, derived from the statement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import ConfigDict

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations import statements
from dbengineer.tools.schema.catalog import Schema
from dbengineer.tools.scratch.database import quoted

ENOUGH = 1000


class Probe(Fact):
    """A question: how many `rows` (counted up to a thousand) are in the way; without SQL nobody but a copy can tell."""

    asks: str
    sql: str = ""


class Scene(Fact):
    """What the probes of a change have to know: the target's schema and the constraints that the change adds."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    tables: Schema
    added: dict[str, Any] = {}


def probes(sql: str, schema: Schema) -> list[Probe]:
    """What has to be asked of the target's rows before a change; empty where no row can be in its way."""
    trees = [statements.node(s) for s in statements.split(sql)]
    commands = [c.alter_table_cmd for kind, tree in trees if kind == "alter_table_stmt" for c in tree.cmds]
    added = [getattr(c, "def").constraint for c in commands]
    scene = Scene(tables=schema, added={c.conname: c for c in added if c.conname})
    return list(dict.fromkeys(p for kind, tree in trees for p in _statement(kind, tree, scene)))


def _statement(kind: str, tree: Any, scene: Scene) -> Iterator[Probe]:
    if kind not in ("index_stmt", "alter_table_stmt"):
        return
    table = _table(tree.relation)
    if scene.tables.table(plain(table)) is None:
        return  # made by the change itself: no row is in its way
    if kind == "index_stmt" and tree.unique:
        yield _unique(table, _names(tree.index_params), _where(tree.where_clause))
    if kind == "alter_table_stmt":
        for command in tree.cmds:
            yield from _alteration(table, command.alter_table_cmd, scene)


def _alteration(table: str, command: Any, scene: Scene) -> Iterator[Probe]:
    from postgast import pg_query_pb2 as grammar

    kind = grammar.AlterTableType.Name(command.subtype)
    if kind == "AT_SetNotNull":
        yield _rows(f"NULL in {table}.{command.name}", table, f"{quoted(command.name)} IS NULL")
    elif kind == "AT_AddConstraint":
        yield from _constraint(table, getattr(command, "def").constraint, scene)
    elif kind == "AT_AddColumn":
        yield from _new_column(table, getattr(command, "def").column_def)
    elif kind == "AT_AlterColumnType":
        yield _conversion(table, command)
    elif kind == "AT_ValidateConstraint":
        yield from _validation(table, command.name, scene)
    elif kind == "AT_AttachPartition":
        yield Probe(asks=f"rows of the new partition of {plain(table)} outside its bounds")


def _constraint(table: str, constraint: Any, scene: Scene, *, now: bool = False) -> Iterator[Probe]:
    from postgast import pg_query_pb2 as grammar

    kind = grammar.ConstrType.Name(constraint.contype)
    keys = [k.string.sval for k in constraint.keys]
    if (constraint.skip_validation and not now) or constraint.indexname:
        return
    if kind == "CONSTR_CHECK":
        yield _rows(f"rows of {table} that break the check", table, f"NOT ({_expression(constraint.raw_expr)})")
    elif kind == "CONSTR_NOTNULL":
        yield _rows(f"NULL in {table}", table, " OR ".join(f"{quoted(k)} IS NULL" for k in keys))
    elif kind in ("CONSTR_UNIQUE", "CONSTR_PRIMARY"):
        yield _unique(table, keys, "")
        if kind == "CONSTR_PRIMARY":
            yield _rows(f"NULL in the key of {table}", table, " OR ".join(f"{quoted(k)} IS NULL" for k in keys))
    elif kind == "CONSTR_FOREIGN":
        columns, other = [k.string.sval for k in constraint.fk_attrs], _table(constraint.pktable)
        known = scene.tables.table(plain(other))
        named = [k.string.sval for k in constraint.pk_attrs]
        yield _orphans(table, columns, other, named or list(known.primary_key if known else ()))
    else:
        yield Probe(asks=f"rows of {plain(table)} that break the constraint")


def _new_column(table: str, column: Any) -> Iterator[Probe]:
    from postgast import pg_query_pb2 as grammar

    kinds = {grammar.ConstrType.Name(c.constraint.contype) for c in column.constraints}
    filled = kinds & {"CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED"}
    serial = any(name.string.sval.endswith("serial") for name in column.type_name.names)
    if kinds & {"CONSTR_NOTNULL", "CONSTR_PRIMARY"} and not filled and not serial:
        yield _rows(f"rows of {table}, which would have no value", table, "true")


def _conversion(table: str, command: Any) -> Probe:
    definition, column = getattr(command, "def").column_def, quoted(command.name)
    asks = f"values of {plain(table)}.{command.name} that do not fit the new type"
    names = [n.string.sval for n in definition.type_name.names]
    sizes = [m.a_const.ival.ival for m in definition.type_name.typmods]
    if definition.HasField("raw_default"):
        return Probe(asks=asks, sql=f"SELECT count({_expression(definition.raw_default)}) * 0 AS rows FROM {table}")
    if names[-1] in ("varchar", "bpchar") and sizes:
        return _rows(asks, table, f"length({column}) > {sizes[0]}")
    new = _type(definition.type_name)
    return Probe(asks=asks, sql=f"SELECT count({column}::{new}) * 0 AS rows FROM {table}")


def _validation(table: str, name: str, scene: Scene) -> Iterator[Probe]:
    known = scene.tables.table(plain(table))
    key = next((k for k in known.foreign_keys if k.name == name), None) if known else None
    check = next((c for c in known.checks if c.name == name), None) if known else None
    if name in scene.added:
        yield from _constraint(table, scene.added[name], scene, now=True)
    elif key:
        yield _orphans(table, list(key.columns), key.references, list(key.referenced_columns))
    elif check:
        expression = check.definition.removeprefix("CHECK ").removesuffix(" NOT VALID")
        yield _rows(f"rows of {table} that break {name}", table, f"NOT {expression}")
    else:
        yield Probe(asks=f"rows of {plain(table)} that break {name}")


def _rows(asks: str, table: str, condition: str) -> Probe:
    sql = f"SELECT count(*) AS rows FROM (SELECT FROM {table} WHERE {condition} LIMIT {ENOUGH}) v"
    return Probe(asks=plain(asks), sql=sql)


def _unique(table: str, keys: list[str], where: str) -> Probe:
    asks = f"values of ({', '.join(keys) or 'an expression'}) that {table} has more than once"
    if not keys:
        return Probe(asks=plain(asks))
    names = ", ".join(quoted(k) for k in keys)
    there = " AND ".join([f"{quoted(k)} IS NOT NULL" for k in keys] + ([f"({where})"] if where else []))
    doubles = f"SELECT FROM {table} WHERE {there} GROUP BY {names} HAVING count(*) > 1 LIMIT {ENOUGH}"
    return Probe(asks=plain(asks), sql=f"SELECT count(*) AS rows FROM ({doubles}) v")


def _orphans(table: str, columns: list[str], other: str, keys: list[str]) -> Probe:
    asks = f"rows of {table} whose ({', '.join(columns)}) is not in {other}"
    if not keys:
        return Probe(asks=asks)
    there = " AND ".join(f"c.{quoted(c)} IS NOT NULL" for c in columns)
    same = " AND ".join(f"p.{quoted(k)} = c.{quoted(c)}" for c, k in zip(columns, keys, strict=True))
    orphans = f"SELECT FROM {table} c WHERE {there} AND NOT EXISTS (SELECT FROM {other} p WHERE {same}) LIMIT {ENOUGH}"
    return Probe(asks=plain(asks), sql=f"SELECT count(*) AS rows FROM ({orphans}) v")


def plain(text: str) -> str:
    """A text without the quotes around names that need none."""
    return re.sub(r'"([a-z_][a-z0-9_]*)"', r"\1", text)


def _table(relation: Any) -> str:
    return quoted(relation.schemaname or "public", relation.relname)


def _names(parameters: Any) -> list[str]:
    names = [p.index_elem.name for p in parameters]
    return names if all(names) else []


def _where(clause: Any) -> str:
    return _expression(clause) if clause.WhichOneof("node") else ""


def _expression(node: Any) -> str:
    import postgast

    carrier = postgast.parse("SELECT x")
    carrier.stmts[0].stmt.select_stmt.target_list[0].res_target.val.CopyFrom(node)
    return str(postgast.deparse(carrier)).removeprefix("SELECT ")


def _type(type_name: Any) -> str:
    import postgast

    carrier = postgast.parse("SELECT x::int")
    carrier.stmts[0].stmt.select_stmt.target_list[0].res_target.val.type_cast.type_name.CopyFrom(type_name)
    return str(postgast.deparse(carrier)).removeprefix("SELECT x::")
