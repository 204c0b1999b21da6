"""What a schema consists of, as far as migrations are drafted for it, read from a scratch database."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from dbengineer.tools.facts import Fact
from dbengineer.tools.schema.catalog import OURS
from dbengineer.tools.scratch.database import Database, quoted


class Column(Fact):
    """A column; `required` is the name of its NOT NULL constraint where it has one, or true."""

    name: str
    type: str
    required: bool
    required_name: str = ""
    required_valid: bool = True
    default: str = ""
    identity: str = ""
    generated: str = ""
    collation: str = ""
    comment: str = ""
    volatile: bool = False


class Constraint(Fact):
    """A constraint; `index` is the definition of the index behind it."""

    name: str
    kind: str
    definition: str
    valid: bool
    index: str = ""
    comment: str = ""


class Index(Fact):
    """An index that no constraint stands on."""

    name: str
    definition: str
    valid: bool
    comment: str = ""


class Table(Fact):
    """A table with all that belongs to it; `sequences` are those its columns own, by column."""

    schema_name: str
    name: str
    kind: str
    options: str = ""
    comment: str = ""
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    sequences: dict[str, tuple[str, str]] = {}
    key: tuple[str, ...] = ()

    @property
    def qualified(self) -> str:
        """Its name with the schema, quoted."""
        return quoted(self.schema_name, self.name)

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((c for c in self.columns if c.name == name), None)


class Enum(Fact):
    """An enum type: its labels, and the columns (table, column, default) that are of it."""

    schema_name: str
    name: str
    labels: tuple[str, ...]
    used: tuple[tuple[str, str, str], ...] = ()

    @property
    def qualified(self) -> str:
        """Its name with the schema, quoted."""
        return quoted(self.schema_name, self.name)


class Sequence(Fact):
    """A sequence of its own, with all it was made with."""

    qualified: str
    options: str


class State(Fact):
    """The schema."""

    schemas: tuple[str, ...] = ()
    tables: dict[str, Table] = {}
    enums: dict[str, Enum] = {}
    sequences: dict[str, Sequence] = {}


_TABLES = f"""
SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
       coalesce(array_to_string(c.reloptions, ', '), '') AS options,
       coalesce(obj_description(c.oid, 'pg_class'), '') AS comment
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND {OURS.format(catalog="pg_class", oid="c.oid")}
ORDER BY 2, 3"""
_COLUMNS = """
SELECT a.attrelid::int8 AS oid, a.attnum AS number, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       a.attnotnull AS required, coalesce(pg_get_expr(d.adbin, d.adrelid), '') AS default,
       a.attidentity::text AS identity, a.attgenerated::text AS generated,
       CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text ELSE '' END AS collation,
       coalesce(col_description(a.attrelid, a.attnum), '') AS comment,
       EXISTS (SELECT FROM pg_depend p JOIN pg_proc f ON f.oid = p.refobjid AND f.provolatile = 'v'
               WHERE p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid
                 AND p.refclassid = 'pg_proc'::regclass) AS volatile
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = ANY(%s) ORDER BY 1, 2"""
_CONSTRAINTS = """
SELECT k.conrelid::int8 AS oid, k.conname AS name, k.contype::text AS kind, pg_get_constraintdef(k.oid) AS definition,
       k.convalidated AS valid, k.conkey[1] AS first,
       CASE WHEN k.contype IN ('p', 'u') THEN pg_get_indexdef(k.conindid) ELSE '' END AS index,
       coalesce(obj_description(k.oid, 'pg_constraint'), '') AS comment,
       CASE WHEN k.contype = 'p' THEN ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, o)
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.o) END AS key
FROM pg_constraint k WHERE k.contype IN ('p', 'u', 'c', 'f', 'x', 'n') AND k.conparentid = 0 AND k.conrelid = ANY(%s)
ORDER BY 1, 2"""
_INDEXES = """
SELECT i.indrelid::int8 AS oid, x.relname AS name, pg_get_indexdef(x.oid) AS definition, i.indisvalid AS valid,
       coalesce(obj_description(x.oid, 'pg_class'), '') AS comment
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
WHERE i.indrelid = ANY(%s) AND NOT EXISTS (
  SELECT FROM pg_constraint k WHERE k.conindid = x.oid AND k.contype IN ('p', 'u', 'x'))
ORDER BY 1, 2"""
_OWNED = """
SELECT d.refobjid::int8 AS oid, a.attname AS column, n.nspname AS schema, c.relname AS name
FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S' JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
  AND d.refobjid = ANY(%s)"""
_ENUMS = f"""
SELECT n.nspname AS schema, t.typname AS name,
       ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels,
       ARRAY(SELECT ARRAY[format('%I.%I', cn.nspname, c.relname), a.attname::text,
                          coalesce(pg_get_expr(d.adbin, d.adrelid), '')]
             FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
             JOIN pg_namespace cn ON cn.oid = c.relnamespace
             LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
             WHERE a.atttypid = t.oid AND NOT a.attisdropped AND NOT c.relispartition) AS used
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'e' AND {OURS.format(catalog="pg_type", oid="t.oid")} ORDER BY 1, 2"""
_SEQUENCES = f"""
SELECT n.nspname AS schema, c.relname AS name, format_type(s.seqtypid, NULL) AS type, s.seqstart AS start,
       s.seqincrement AS increment, s.seqmin AS min, s.seqmax AS max, s.seqcache AS cache, s.seqcycle AS cycle
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {OURS.format(catalog="pg_class", oid="c.oid")} AND NOT EXISTS (
  SELECT FROM pg_depend o WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.deptype IN ('a', 'i')
    AND o.refclassid = 'pg_class'::regclass) ORDER BY 1, 2"""
_SCHEMAS = f"""
SELECT n.nspname::text AS name FROM pg_namespace n WHERE {OURS.format(catalog="pg_namespace", oid="n.oid")}
ORDER BY 1"""

Rows = dict[int, list[dict[str, Any]]]


def read(database: Database) -> State:
    """The schema of a database; names in it are written in full."""
    path = database.query("SELECT current_setting('search_path') AS path")[0]["path"]
    database.query("SELECT set_config('search_path', 'pg_catalog', false)")
    try:
        return _read(database)
    finally:
        database.query("SELECT set_config('search_path', %s, false)", (path,))


def _read(database: Database) -> State:
    tables = database.query(_TABLES)
    oids = [t["oid"] for t in tables]
    columns, constraints, indexes, owned = (
        _grouped(database.query(query, (oids,))) for query in (_COLUMNS, _CONSTRAINTS, _INDEXES, _OWNED)
    )
    made = [_table(t, columns[t["oid"]], constraints[t["oid"]], indexes[t["oid"]], owned[t["oid"]]) for t in tables]
    enums = [
        Enum(schema_name=r["schema"], name=r["name"], labels=tuple(r["labels"]), used=tuple(map(tuple, r["used"])))
        for r in database.query(_ENUMS)
    ]
    sequences = [
        Sequence(qualified=quoted(r["schema"], r["name"]), options=_options(r)) for r in database.query(_SEQUENCES)
    ]
    return State(
        schemas=tuple(r["name"] for r in database.query(_SCHEMAS)),
        tables={t.qualified: t for t in made},
        enums={e.qualified: e for e in enums},
        sequences={s.qualified: s for s in sequences},
    )


def _grouped(rows: list[dict[str, Any]]) -> Rows:
    groups: Rows = defaultdict(list)
    for row in rows:
        groups[row["oid"]].append(row)
    return groups


def _table(
    row: dict[str, Any],
    columns: list[dict[str, Any]],
    constraints: list[dict[str, Any]],
    indexes: list[dict[str, Any]],
    owned: list[dict[str, Any]],
) -> Table:
    required = {k["first"]: k for k in constraints if k["kind"] == "n"}
    own = [k for k in constraints if k["kind"] != "n"]
    keys = ("name", "kind", "definition", "valid", "index", "comment")
    return Table(
        schema_name=row["schema"],
        name=row["name"],
        kind=row["kind"],
        options=row["options"],
        comment=row["comment"],
        columns=tuple(_column(c, required.get(c["number"])) for c in columns),
        constraints=tuple(Constraint(**{key: k[key] for key in keys}) for k in own),
        indexes=tuple(Index(**{key: i[key] for key in ("name", "definition", "valid", "comment")}) for i in indexes),
        sequences={o["column"]: (o["schema"], o["name"]) for o in owned},
        key=next((tuple(k["key"]) for k in own if k["kind"] == "p"), ()),
    )


def _column(row: dict[str, Any], required: dict[str, Any] | None) -> Column:
    kept = {key: value for key, value in row.items() if key in Column.model_fields}
    named = {"required_name": required["name"], "required_valid": required["valid"]} if required else {}
    return Column(**{**kept, **named})


def _options(row: dict[str, Any]) -> str:
    cycle = "CYCLE" if row["cycle"] else "NO CYCLE"
    return (
        f"AS {row['type']} START WITH {row['start']} INCREMENT BY {row['increment']} MINVALUE {row['min']} "
        f"MAXVALUE {row['max']} CACHE {row['cache']} {cycle}"
    )
