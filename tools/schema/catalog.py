"""The schema of a database, read from its catalog in a handful of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Literal

from dbengineer.tools.checking import Reads
from dbengineer.tools.facts import Coverage, Fact

TableKind = Literal["table", "partitioned", "foreign", "view", "materialized"]
KINDS: dict[str, TableKind] = {"r": "table", "p": "partitioned", "f": "foreign", "v": "view", "m": "materialized"}
ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
IDENTITIES = {"": "", "a": "ALWAYS", "d": "BY DEFAULT"}
GENERATED = {"": "", "s": "STORED", "v": "VIRTUAL"}


class Column(Fact):
    """A column; `default` is an expression, or the one it is generated from."""

    name: str
    type: str
    nullable: bool
    default: str | None = None
    identity: str = ""
    generated: str = ""
    comment: str = ""


class ForeignKey(Fact):
    """A foreign key; `references` is the qualified name of the other table."""

    name: str
    columns: tuple[str, ...]
    references: str
    referenced_columns: tuple[str, ...]
    on_delete: str
    validated: bool


class Unique(Fact):
    """A unique constraint."""

    name: str
    columns: tuple[str, ...]


class Check(Fact):
    """A check constraint; `definition` reads CHECK (…)."""

    name: str
    definition: str
    validated: bool


class Index(Fact):
    """An index; `columns` are its key columns or expressions as text, `scans` are those since the last reset."""

    schema_name: str
    name: str
    qualified: str
    table: str
    definition: str
    method: str
    columns: tuple[str, ...]
    include: tuple[str, ...]
    predicate: str | None
    unique: bool
    primary: bool
    valid: bool
    constraint_backed: bool
    bytes: int
    scans: int


class Table(Fact):
    """A table or view; `rows` is the planner's estimate, `qualified` is schema.name, quoted where it has to be."""

    schema_name: str
    name: str
    qualified: str
    kind: TableKind
    owner: str
    readable: bool
    partition_of: str | None = None
    rows: int = 0
    bytes: int = 0
    comment: str = ""
    columns: tuple[Column, ...] = ()
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    uniques: tuple[Unique, ...] = ()
    checks: tuple[Check, ...] = ()
    indexes: tuple[Index, ...] = ()

    def column(self, name: str) -> Column | None:
        """The column of that name, if there is one."""
        return next((c for c in self.columns if c.name == name), None)


class Enum(Fact):
    """An enum type and its labels in order."""

    qualified: str
    labels: tuple[str, ...]


class Sequence(Fact):
    """A sequence; `owned_by` is the qualified table and the column it belongs to."""

    qualified: str
    type: str
    owned_by: str | None


class Schema(Fact):
    """What a database consists of, without the system's own objects and those of extensions."""

    tables: tuple[Table, ...] = ()
    views: tuple[Table, ...] = ()
    enums: tuple[Enum, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    functions: int = 0
    extensions: tuple[str, ...] = ()

    @cached_property
    def _by_name(self) -> dict[str, Table]:
        return {t.qualified: t for t in (*self.tables, *self.views)}

    def table(self, qualified: str) -> Table | None:
        """The table or view of a qualified name such as `public.tasks` or `public."Tasks"`, if there is one."""
        return self._by_name.get(qualified)

    @property
    def indexes(self) -> Iterator[Index]:
        """The indexes of all tables and materialized views."""
        return (i for t in self._by_name.values() for i in t.indexes)

    def coverage(self) -> Coverage:
        """How many tables this role may read; those it may not read are in the catalog all the same."""
        closed = [t.qualified for t in self.tables if not t.readable]
        because = f"no SELECT on {', '.join(closed[:5])}" + (" and others" if len(closed) > 5 else "") if closed else ""
        return Coverage(
            what="readable tables", examined=len(self.tables) - len(closed), total=len(self.tables), because=because
        )


Rows = list[dict[str, Any]]

# Objects of the system, of temporary tables and of extensions are nobody's to change.
OURS = """n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '{catalog}'::regclass AND e.objid = {oid}
                  AND e.deptype = 'e')"""
OUR_TABLES = "c.relkind IN ('r', 'p', 'f', 'v', 'm') AND " + OURS.format(catalog="pg_class", oid="c.oid")

TABLES = f"""
SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name, format('%I.%I', n.nspname, c.relname) AS qualified,
       c.relkind::text AS kind, pg_get_userbyid(c.relowner) AS owner,
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable,
       (SELECT format('%I.%I', pn.nspname, p.relname) FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
        JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE c.relispartition AND i.inhrelid = c.oid) AS partition_of,
       (CASE WHEN c.reltuples > 0 THEN c.reltuples ELSE pg_stat_get_live_tuples(c.oid) END)::int8 AS rows,
       CASE WHEN c.relkind IN ('r', 'm') THEN pg_table_size(c.oid) ELSE 0 END AS bytes,
       coalesce(obj_description(c.oid, 'pg_class'), '') AS comment
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {OUR_TABLES} ORDER BY n.nspname, c.relname"""

COLUMNS = f"""
SELECT a.attrelid::int8 AS oid, a.attnum AS number, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       (NOT a.attnotnull OR EXISTS (
         SELECT FROM pg_constraint u  -- from 18 on a NOT NULL may be NOT VALID, and rows may hold NULL all the same
         WHERE u.conrelid = a.attrelid AND u.contype = 'n' AND NOT u.convalidated AND u.conkey = ARRAY[a.attnum]
       )) AS nullable, pg_get_expr(d.adbin, d.adrelid) AS default,
       a.attidentity::text AS identity, a.attgenerated::text AS generated,
       coalesce(col_description(a.attrelid, a.attnum), '') AS comment
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE {OUR_TABLES} ORDER BY a.attrelid, a.attnum"""

CONSTRAINTS = f"""
SELECT k.conrelid::int8 AS oid, k.conname AS name, k.contype::text AS kind, k.conkey AS key, k.confkey AS other_key,
       k.confrelid::int8 AS other,
       CASE WHEN r.oid IS NOT NULL THEN format('%I.%I', rn.nspname, r.relname) END AS references,
       k.confdeltype::text AS on_delete, k.convalidated AS validated,
       CASE WHEN k.contype = 'c' THEN pg_get_constraintdef(k.oid) END AS definition
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f', 'c')
  AND NOT EXISTS (SELECT FROM pg_constraint up WHERE up.oid = k.conparentid AND up.conrelid = k.conrelid)
LEFT JOIN pg_class r ON r.oid = k.confrelid LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
WHERE {OUR_TABLES} ORDER BY k.conrelid, k.conname"""

INDEXES = f"""
SELECT i.indrelid::int8 AS oid, n.nspname AS schema, x.relname AS name,
       format('%I.%I', n.nspname, x.relname) AS qualified, format('%I.%I', n.nspname, c.relname) AS table,
       pg_get_indexdef(x.oid) AS definition, m.amname AS method, i.indnkeyatts AS keys,
       ARRAY(SELECT pg_get_indexdef(x.oid, k, true) FROM generate_series(1, i.indnatts) k) AS parts,
       pg_get_expr(i.indpred, i.indrelid) AS predicate, i.indisunique AS unique, i.indisprimary AS primary,
       i.indisvalid AS valid, pg_relation_size(x.oid) AS bytes, pg_stat_get_numscans(x.oid) AS scans,
       EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.oid AND k.contype IN ('p', 'u', 'x')) AS backed
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
WHERE {OUR_TABLES} ORDER BY n.nspname, x.relname"""

ENUMS = f"""
SELECT format('%I.%I', n.nspname, t.typname) AS qualified,
       ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'e' AND {OURS.format(catalog="pg_type", oid="t.oid")} ORDER BY 1"""

SEQUENCES = f"""
SELECT format('%I.%I', n.nspname, c.relname) AS qualified, format_type(s.seqtypid, NULL) AS type,
       (SELECT format('%I.%I.%I', tn.nspname, t.relname, a.attname)
        FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
          AND d.refclassid = 'pg_class'::regclass LIMIT 1) AS owned_by
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {OURS.format(catalog="pg_class", oid="c.oid")} ORDER BY 1"""

REST = f"""
SELECT (SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE {OURS.format(catalog="pg_proc", oid="p.oid")}) AS functions,
       ARRAY(SELECT extname::text FROM pg_extension ORDER BY 1) AS extensions"""


def read(reads: Reads) -> Schema:
    """The schema that a target or a scratch database has, from seven queries."""
    columns, names = _columns(reads.query(COLUMNS))
    constraints = _grouped(reads.query(CONSTRAINTS))
    indexes = _grouped(reads.query(INDEXES))
    relations = [
        _table(row, columns[row["oid"]], constraints[row["oid"]], indexes[row["oid"]], names)
        for row in reads.query(TABLES)
    ]
    rest = reads.query(REST)[0]
    return Schema(
        tables=tuple(_with_partition_rows([t for t in relations if t.kind not in ("view", "materialized")])),
        views=tuple(t for t in relations if t.kind in ("view", "materialized")),
        enums=tuple(Enum.model_validate(row) for row in reads.query(ENUMS)),
        sequences=tuple(Sequence.model_validate(row) for row in reads.query(SEQUENCES)),
        functions=rest["functions"],
        extensions=tuple(rest["extensions"]),
    )


Names = dict[tuple[int, int], str]


def _grouped(rows: Rows) -> dict[int, Rows]:
    groups: dict[int, Rows] = defaultdict(list)
    for row in rows:
        groups[row["oid"]].append(row)
    return groups


def _columns(rows: Rows) -> tuple[dict[int, list[Column]], Names]:
    columns: dict[int, list[Column]] = defaultdict(list)
    for row in rows:
        columns[row["oid"]].append(
            Column(
                name=row["name"],
                type=row["type"],
                nullable=row["nullable"],
                default=row["default"],
                identity=IDENTITIES[row["identity"]],
                generated=GENERATED[row["generated"]],
                comment=row["comment"],
            )
        )
    return columns, {(row["oid"], row["number"]): row["name"] for row in rows}


def _table(row: dict[str, Any], columns: list[Column], constraints: Rows, indexes: Rows, names: Names) -> Table:
    own = {kind: [k for k in constraints if k["kind"] == kind] for kind in "pufc"}
    return Table(
        schema_name=row["schema"],
        name=row["name"],
        qualified=row["qualified"],
        kind=KINDS[row["kind"]],
        owner=row["owner"],
        readable=row["readable"],
        partition_of=row["partition_of"],
        rows=row["rows"] or 0,
        bytes=row["bytes"],
        comment=row["comment"],
        columns=tuple(columns),
        primary_key=next((_key(k, names) for k in own["p"]), ()),
        foreign_keys=tuple(_foreign_key(k, names) for k in own["f"]),
        uniques=tuple(Unique(name=k["name"], columns=_key(k, names)) for k in own["u"]),
        checks=tuple(Check(name=k["name"], definition=k["definition"], validated=k["validated"]) for k in own["c"]),
        indexes=tuple(_index(i) for i in indexes),
    )


def _key(constraint: dict[str, Any], names: Names) -> tuple[str, ...]:
    return tuple(names[constraint["oid"], number] for number in constraint["key"])


def _foreign_key(constraint: dict[str, Any], names: Names) -> ForeignKey:
    return ForeignKey(
        name=constraint["name"],
        columns=_key(constraint, names),
        references=constraint["references"],
        referenced_columns=tuple(names[constraint["other"], number] for number in constraint["other_key"]),
        on_delete=ACTIONS[constraint["on_delete"]],
        validated=constraint["validated"],
    )


def _index(row: dict[str, Any]) -> Index:
    return Index(
        schema_name=row["schema"],
        name=row["name"],
        qualified=row["qualified"],
        table=row["table"],
        definition=row["definition"],
        method=row["method"],
        columns=tuple(row["parts"][: row["keys"]]),
        include=tuple(row["parts"][row["keys"] :]),
        predicate=row["predicate"],
        unique=row["unique"],
        primary=row["primary"],
        valid=row["valid"],
        constraint_backed=row["backed"],
        bytes=row["bytes"],
        scans=row["scans"],
    )


def _with_partition_rows(tables: list[Table]) -> Iterator[Table]:
    """A partitioned table holds what its partitions hold; it has no statistics of its own before PostgreSQL 14."""
    parts: dict[str | None, list[Table]] = defaultdict(list)
    for table in tables:
        parts[table.partition_of].append(table)

    def held(table: Table) -> tuple[int, int]:
        inside = [held(part) for part in parts[table.qualified]] if table.kind == "partitioned" else []
        return max(table.rows, sum(rows for rows, _ in inside)), table.bytes + sum(size for _, size in inside)

    for table in tables:
        rows, size = held(table)
        yield table.model_copy(update={"rows": rows, "bytes": size})
