"""What a database holds, so that two databases can be compared: rows, sequences, objects."""

from __future__ import annotations

from typing import Any

import psycopg

from dbengineer.tools import checking
from dbengineer.tools.checking import Reads
from dbengineer.tools.facts import Fact
from dbengineer.tools.scratch.database import quoted

OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
"""The schemas of the user; what belongs to an extension is left out by `FREE`."""

FREE = (
    "NOT EXISTS (SELECT FROM pg_depend e"
    " WHERE e.classid = '{catalog}'::regclass AND e.objid = {oid} AND e.deptype = 'e')"
)

TABLES = f"""
SELECT n.nspname AS schema, c.relname AS name, pg_table_size(c.oid)::bigint AS bytes,
       row_security_active(c.oid) AS hidden,
       (SELECT array_agg(a.attname::text ORDER BY array_position(i.indkey::int2[], a.attnum)) FROM pg_index i
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])
        WHERE i.indrelid = c.oid AND i.indisprimary
        HAVING bool_and(a.attcollation = 0)) AS key
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND {OURS} AND {FREE.format(catalog="pg_class", oid="c.oid")}
ORDER BY 1, 2
"""

SEQUENCES = """
SELECT schemaname || '.' || sequencename AS name, last_value::bigint AS last_value
FROM pg_sequences WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema' ORDER BY 1
"""

NAMED = f"""
SELECT CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
                      WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table'
                      ELSE 'index' END AS kind, n.nspname || '.' || c.relname AS name,
       'pg_class'::regclass::oid AS catalog, c.oid AS id
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'i', 'I') AND c.relpersistence <> 't' AND {OURS}
  AND {FREE.format(catalog="pg_class", oid="coalesce((SELECT indrelid FROM pg_index WHERE indexrelid = c.oid), c.oid)")}
UNION ALL
SELECT 'constraint', n.nspname || '.' || t.relname || '.' || k.conname, 'pg_constraint'::regclass::oid, k.oid
FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE k.contype <> 'n' AND {OURS} AND {FREE.format(catalog="pg_class", oid="t.oid")}
UNION ALL
SELECT 'trigger', n.nspname || '.' || t.relname || '.' || g.tgname, 'pg_trigger'::regclass::oid, g.oid
FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE NOT g.tgisinternal AND {OURS} AND {FREE.format(catalog="pg_class", oid="t.oid")}
UNION ALL
SELECT 'policy', n.nspname || '.' || t.relname || '.' || p.polname, 'pg_policy'::regclass::oid, p.oid
FROM pg_policy p JOIN pg_class t ON t.oid = p.polrelid JOIN pg_namespace n ON n.oid = t.relnamespace WHERE {OURS}
UNION ALL
SELECT 'function', n.nspname || '.' || f.proname || '(' || pg_get_function_identity_arguments(f.oid) || ')',
       'pg_proc'::regclass::oid, f.oid
FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace
WHERE {OURS} AND {FREE.format(catalog="pg_proc", oid="f.oid")}
UNION ALL
SELECT 'type', n.nspname || '.' || y.typname, 'pg_type'::regclass::oid, y.oid
FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace
WHERE y.typtype IN ('e', 'd', 'r') AND {OURS} AND {FREE.format(catalog="pg_type", oid="y.oid")}
"""
OBJECTS = f"SELECT kind, name FROM ({NAMED}) o ORDER BY 1, 2"

LEFT_OUT = f"""
WITH RECURSIVE left_out (catalog, id, why) AS (
  SELECT 'pg_class'::regclass::oid, i.indexrelid, 'it is INVALID in the source, and a dump leaves such an index out'
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE NOT i.indisvalid AND c.relkind = 'i'
  UNION
  SELECT 'pg_constraint'::regclass::oid, k.oid, 'row security hides rows that it refers to from this role'
  FROM pg_constraint k WHERE k.contype = 'f' AND row_security_active(k.confrelid)
  UNION
  SELECT 'pg_namespace'::regclass::oid, n.oid, 'this role may not read what it belongs to'
  FROM pg_namespace n WHERE {OURS} AND NOT has_schema_privilege(n.oid, 'USAGE')
  UNION
  SELECT 'pg_class'::regclass::oid, c.oid, 'this role may not read what it belongs to'
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND {OURS} AND NOT has_table_privilege(c.oid, 'SELECT')
  UNION
  SELECT CASE WHEN r.oid IS NULL THEN d.classid ELSE 'pg_class'::regclass::oid END, coalesce(r.ev_class, d.objid), l.why
  FROM left_out l
  JOIN pg_depend d ON d.refclassid = l.catalog AND d.refobjid = l.id
  LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
)
SELECT o.kind, o.name, min(l.why) AS why
FROM ({NAMED}) o JOIN left_out l USING (catalog, id) GROUP BY 1, 2 ORDER BY 1, 2
"""
"""What a dump of this role cannot bring back, and what depends on it: no loss of the backup."""

OUTPUT = ("DateStyle", "IntervalStyle", "TimeZone", "bytea_output", "extra_float_digits", "lc_monetary", "search_path")
"""Settings on which the text of a row depends: the restored side takes those of the target before it is read."""

TEXT = "hashtextextended((x.*)::text, 0)"
TEXT_AS_UTF8 = "hashtextextended(encode(convert_to((x.*)::text, 'UTF8'), 'hex'), 0)"


class Table(Fact):
    """A table to compare; `key` is its primary key where rows can be ordered by it on both sides alike.

    `hidden`: row security holds for this role, so a dump leaves its rows out, also those that the role sees.
    """

    schema_name: str
    name: str
    bytes: int
    key: tuple[str, ...] = ()
    hidden: bool = False

    @property
    def label(self) -> str:
        """The name as people write it."""
        return f"{self.schema_name}.{self.name}"

    @property
    def sql(self) -> str:
        """The name as SQL needs it."""
        return quoted(self.schema_name, self.name)


class Digest(Fact):
    """How many rows were read and the sum of their hashes, which no order of rows changes; or why they could not be."""

    rows: int = 0
    sum: str = ""
    refused: str = ""


def tables(reads: Reads) -> list[Table]:
    """The ordinary tables and partitions of the user's schemas."""
    return [
        Table(schema_name=r["schema"], name=r["name"], bytes=r["bytes"], key=tuple(r["key"] or ()), hidden=r["hidden"])
        for r in reads.query(TABLES)
    ]


def digest_sql(table: Table, *, sample: int = 0, as_utf8: bool = False) -> str:
    """The statement that counts and hashes a table, or the first and the last `sample` rows of it by primary key."""
    hashed = TEXT_AS_UTF8 if as_utf8 else TEXT
    source = f"ONLY {table.sql} AS x"
    if sample:
        keys = [quoted(k) for k in table.key]
        first = f"(SELECT * FROM ONLY {table.sql} ORDER BY {', '.join(keys)} LIMIT {sample})"
        last = f"(SELECT * FROM ONLY {table.sql} ORDER BY {', '.join(k + ' DESC' for k in keys)} LIMIT {sample})"
        source = f"({first} UNION ALL {last}) AS x"
    return f"SELECT count(*)::bigint AS rows, coalesce(sum({hashed}), 0)::text AS sum FROM {source}"


def digest(reads: Reads, sql: str) -> Digest:
    """Runs one digest statement; a refusal of the server is part of the answer."""
    try:
        row = reads.query(sql)[0]
    except psycopg.Error as error:
        return Digest(refused=checking.reason(error))
    return Digest(rows=row["rows"], sum=row["sum"])


def sequences(reads: Reads) -> dict[str, int | None]:
    """The last value of each sequence; None where it was never used or may not be read."""
    return {r["name"]: r["last_value"] for r in reads.query(SEQUENCES)}


def objects(reads: Reads) -> dict[str, set[str]]:
    """The names of everything the user has made, by kind."""
    found: dict[str, set[str]] = {}
    for row in reads.query(OBJECTS):
        found.setdefault(row["kind"], set()).add(row["name"])
    return found


def left_out(reads: Reads) -> dict[tuple[str, str], str]:
    """Why a dump by this role has to do without an object, by its kind and name."""
    return {(row["kind"], row["name"]): row["why"] for row in reads.query(LEFT_OUT)}


def output_settings(reads: Reads) -> dict[str, Any]:
    """The settings of a session on which the text of a row depends, and the encoding."""
    columns = ", ".join(f"current_setting('{name}') AS \"{name}\"" for name in (*OUTPUT, "server_encoding"))
    return reads.query(f"SELECT {columns}")[0]
