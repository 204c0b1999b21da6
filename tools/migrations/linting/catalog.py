"""What is known of a real database: its catalog, written as the SQL that would make it."""

from __future__ import annotations

from collections.abc import Iterator

from dbengineer.tools.checking import Reads
from dbengineer.tools.migrations.linting import applying, reading
from dbengineer.tools.migrations.linting.known import BIG, Domain, Known
from dbengineer.tools.migrations.linting.trees import Type, named
from dbengineer.tools.schema.catalog import Schema, Table
from dbengineer.tools.scratch.database import quoted

DOMAINS = """
SELECT n.nspname AS schema, t.typname AS name, b.typname AS base, t.typnotnull OR EXISTS (
    SELECT FROM pg_constraint c WHERE c.contypid = t.oid) AS constrained
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_type b ON b.oid = t.typbasetype
WHERE t.typtype = 'd' AND n.nspname NOT IN ('pg_catalog', 'information_schema')"""
FUNCTIONS = """
SELECT n.nspname AS schema, p.proname AS name, p.provolatile = 'v' AS volatile
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')"""
DETAILS = """
SELECT n.nspname AS schema, c.relname AS name, c.relispartition AND pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT'
    AS is_default, (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid)::int AS policies
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')"""
# A table that was never analyzed has no estimate; this many bytes are more than an empty table has.
FILLED_BYTES = 65536


def known(schema: Schema, reads: Reads, version: int) -> Known:
    """What is known of a database of a major version; sizes are the planner's estimates."""
    found = Known(complete=True, big=BIG, version=version)
    for sql in _written(schema):
        for statement in reading.parsed(sql):
            applying.apply(found, statement)
    for table in (*schema.tables, *schema.views):
        _measured(found, table, schema)
    _details(found, reads)
    found.migrating = True
    return found


def _written(schema: Schema) -> Iterator[str]:
    for table in (*schema.tables, *schema.views):
        columns = ", ".join(
            f"{quoted(c.name)} {c.type}{'' if c.nullable else ' NOT NULL'}{_generated(c.generated, c.default)}"
            for c in table.columns
        )
        yield f"CREATE TABLE {table.qualified} ({columns})"
        yield from _constraints(table)
        yield from (index.definition for index in table.indexes if not index.constraint_backed)
    for enum in schema.enums:
        yield f"CREATE TYPE {enum.qualified} AS ENUM ()"
    for sequence in schema.sequences:
        yield f"CREATE SEQUENCE {sequence.qualified}"


def _generated(kind: str, expression: str | None) -> str:
    return f" GENERATED ALWAYS AS ({expression}) {kind}" if kind else ""


def _constraints(table: Table) -> Iterator[str]:
    add = f"ALTER TABLE {table.qualified} ADD CONSTRAINT"
    primary = next((i.name for i in table.indexes if i.primary), f"{table.name}_pkey")
    if table.primary_key:
        yield f"{add} {quoted(primary)} PRIMARY KEY ({_listed(table.primary_key)})"
    for unique in table.uniques:
        yield f"{add} {quoted(unique.name)} UNIQUE ({_listed(unique.columns)})"
    for key in table.foreign_keys:
        there = f"{key.references} ({_listed(key.referenced_columns)})"
        late = "" if key.validated else " NOT VALID"
        yield f"{add} {quoted(key.name)} FOREIGN KEY ({_listed(key.columns)}) REFERENCES {there}{late}"
    for check in table.checks:
        yield f"{add} {quoted(check.name)} {check.definition}"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(quoted(name) for name in names)


def _measured(found: Known, table: Table, schema: Schema) -> None:
    entry = found.tables.get(named([table.schema_name, table.name]))
    if entry is not None:
        parent = schema.table(table.partition_of) if table.partition_of else None
        entry.parent = named([parent.schema_name, parent.name]) if parent else ""
        entry.kind, entry.partitioned = table.kind, table.kind == "partitioned"
        entry.rows = table.rows if table.rows or table.bytes < FILLED_BYTES else None


def _details(found: Known, reads: Reads) -> None:
    """What the drawing of a schema leaves out: domains, how functions answer, partitions and policies."""
    for row in reads.query(DOMAINS):
        found.domains[named([row["schema"], row["name"]])] = Domain(Type(row["base"]), row["constrained"])
    for row in reads.query(FUNCTIONS):
        found.functions[named([row["schema"], row["name"]])] = "volatile" if row["volatile"] else "stable"
    for row in reads.query(DETAILS):
        table = found.tables.get(named([row["schema"], row["name"]]))
        if table is not None:
            table.is_default, table.policies = bool(row["is_default"]), row["policies"]
