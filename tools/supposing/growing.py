"""Tables that are so many times as large: their sizes, statistics and indexes on a shadow, while a context lasts.

Statistics are changed in a transaction that is taken back; files are made longer without using disk, and shortened.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from dbengineer.tools.facts import Fact
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.files import PAGE, SEGMENT, File, files, forget_pages, height, raise_tree, stretch
from dbengineer.tools.supposing.change import EVERYTHING, NotSupposable

MOST_PAGES = (1 << 32) - 2
"""What a table or index can have (block.h, MaxBlockNumber)."""
HEAD = 16
"""The first pages of an index, which hold all that a shadow's index has."""
TABLES = """
SELECT c.oid::int8 AS oid, format('%I.%I', n.nspname, c.relname) AS name, n.nspname || '.' || c.relname AS plain,
       n.nspname AS schema, c.relname AS "table", c.relkind = 'p' AS whole, c.relispartition AS part,
       c.reltuples::float8 AS rows, ARRAY(SELECT b.relid::int8 FROM pg_partition_tree(c.oid) b) AS parts
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""
INDEXES = 'SELECT indexrelid::int8 AS oid, indrelid::int8 AS "table" FROM pg_index WHERE indrelid = ANY(%s::oid[])'
SCALE = """
UPDATE pg_class SET relpages = least(ceil(relpages * %(by)s::float8), 2147483647)::int,
       relallvisible = least(floor(relallvisible * %(by)s::float8), 2147483647)::int,
       reltuples = CASE WHEN reltuples > 0 THEN (reltuples * %(by)s::float8)::real ELSE reltuples END
WHERE oid = ANY(%(oids)s::oid[])
"""
COLUMNS = """
SELECT s.starelid::int8 AS oid, s.staattnum::int AS number, a.attname AS name, s.stainherit AS inherited,
       s.stadistinct::float8 AS distinct, t.typname AS type,
       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = s.starelid AND i.indisunique AND i.indnkeyatts = 1
               AND i.indkey[0] = s.staattnum AND i.indpred IS NULL) AS only,
       v.correlation::float8 AS correlation, v.histogram_bounds IS NOT NULL AS bounded
FROM pg_statistic s JOIN pg_attribute a ON a.attrelid = s.starelid AND a.attnum = s.staattnum
JOIN pg_type t ON t.oid = a.atttypid JOIN pg_class c ON c.oid = s.starelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_stats v ON v.schemaname = n.nspname AND v.tablename = c.relname AND v.attname = a.attname
               AND v.inherited = s.stainherit
WHERE s.starelid = ANY(%s::oid[]) AND c.relkind <> 'i'
"""
KEYS = """
SELECT c.conrelid::int8 AS oid, k.number::int AS number, c.confrelid::int8 AS to_oid, k.to_number::int AS to_number
FROM pg_constraint c, unnest(c.conkey, c.confkey) AS k(number, to_number)
WHERE c.contype = 'f' ORDER BY cardinality(c.conkey), c.oid
"""
DISTINCT = """
UPDATE pg_statistic SET stadistinct = %(distinct)s::real,
       stanumbers1 = CASE WHEN stakind1 = 1 THEN ARRAY(SELECT (f / %(kinds)s::float8)::real FROM unnest(stanumbers1)
                     WITH ORDINALITY u(f, i) ORDER BY i) ELSE stanumbers1 END
WHERE starelid = %(oid)s::oid AND staattnum = %(number)s::int2 AND stainherit = %(inherited)s
"""
BOUNDS = """
SELECT pg_restore_attribute_stats('schemaname', schemaname::text, 'relname', tablename::text, 'attname', attname::text,
    'inherited', inherited, 'histogram_bounds', (
        SELECT array_agg({moved} ORDER BY i)::text
        FROM unnest(histogram_bounds::text::{type}[]) WITH ORDINALITY u(b, i),
             (SELECT min(b), max(b) FROM unnest(histogram_bounds::text::{type}[]) b) e(low, high))) AS done,
    (SELECT max(b)::text FROM unnest(histogram_bounds::text::{type}[]) b) AS high
FROM pg_stats WHERE (schemaname, tablename, attname, inherited) =
    (SELECT n.nspname, c.relname, a.attname, %(inherited)s FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = %(number)s WHERE c.oid = %(oid)s::oid)
"""
COUNTERS = {"int2": (1 << 15) - 1, "int4": (1 << 31) - 1, "int8": (1 << 63) - 1}
"""Types of columns that are counted up, with the largest value that they hold."""
COUNTED = "least(low + (b::numeric - low) * %(by)s::numeric, {most})::{type}"
TIMES = {"date": "timestamp", "timestamp": "timestamp", "timestamptz": "timestamptz"}
PASSED = "greatest(high::{wide} - (high::{wide} - b::{wide}) * %(by)s::float8, '0100-01-01')::{type}"
FOLLOWS = 0.9
"""From which correlation with the rows' order on a time counts as the time of writing."""
ASSUMPTIONS = (
    "tables and indexes have as many pages more as rows, each partition too; trees are as high as that makes them",
    "a column's values are as many kinds as before, except those that nearly every row has its own of, keys, and what "
    "refers to keys of a table that grows; how rows share values, NULLs and order stay",
    "keys that foreign keys refer to go on from their end; times of writing reach further back and end where they end "
    "now; every other column has the range that it has",
)


class Column(Fact):
    """A column with statistics; `distinct` as in pg_statistic: negative is a share of the rows."""

    oid: int
    number: int
    name: str
    inherited: bool
    distinct: float
    type: str
    only: bool
    correlation: float | None
    bounded: bool


class Grown(Fact):
    """What was worked out for growth: what was assumed, and what would not fit."""

    assumes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def factors(database: Database, grow: Mapping[str, float]) -> dict[int, float]:
    """By oid of every table and partition how many times as large it is, where that is not once.

    Raises NotSupposable for a table that there is not.
    """
    tables = database.query(TABLES)
    found = {row["oid"]: grow[EVERYTHING] for row in tables} if EVERYTHING in grow else {}
    for name, factor in grow.items():
        if name != EVERYTHING:
            row = _named(name, tables)
            found |= dict.fromkeys([row["oid"], *row["parts"]], factor)
    return {oid: factor for oid, factor in found.items() if factor != 1}


def _named(name: str, tables: list[dict[str, Any]]) -> dict[str, Any]:
    same = [row for row in tables if name in (row["name"], row["plain"])]
    if not same:
        near = [row["name"] for row in tables if row["table"] == name.rpartition(".")[2]]
        meant = f"did you mean {near[0]}? " if near else ""
        raise NotSupposable(f"there is no table {name}; {meant}write it as schema.table, or all for every table")
    return same[0]


def scale_statistics(session: Database, by: Mapping[int, float]) -> Grown:
    """Scales what the planner knows of these tables and their indexes, in the transaction that is open."""
    if not by:
        return Grown()
    tables = {row["oid"]: row for row in session.query(TABLES)}
    indexes: dict[float, list[int]] = {}
    for row in session.query(INDEXES, (list(by),)):
        indexes.setdefault(by[row["table"]], []).append(row["oid"])
    for factor in set(by.values()):
        oids = [oid for oid, own in by.items() if own == factor] + indexes.get(factor, [])
        session.connection.execute(SCALE, {"by": factor, "oids": oids})
    notes = [
        f"{tables[oid]['name']} was never analyzed: only its length grows" for oid in by if tables[oid]["rows"] < 0
    ]
    notes += _columns(session, by, tables)
    return Grown(assumes=ASSUMPTIONS, notes=tuple(notes))


def _columns(session: Database, by: Mapping[int, float], tables: Mapping[int, dict[str, Any]]) -> list[str]:
    columns = [Column.model_validate(row) for row in session.query(COLUMNS, (list(tables),))]
    known = {(c.oid, c.number): c for c in columns}
    keys: dict[tuple[int, int], tuple[int, int]] = {}
    for row in session.query(KEYS):
        keys.setdefault((row["oid"], row["number"]), (row["to_oid"], row["to_number"]))
    notes = []
    for column in columns:
        origin = _origin((column.oid, column.number), keys)
        kinds = _kinds(known.get(origin), by)
        _set_kinds(session, column, kinds, by.get(column.oid, 1.0), refers=origin != (column.oid, column.number))
        # A key alone would look as if what joins it, without saying so, ended early: a merge join would seem cheap.
        counted = known.get(origin) if origin in keys.values() else None
        notes += _move_bounds(session, column, counted, by, tables[column.oid])
    return notes


def _origin(column: tuple[int, int], keys: Mapping[tuple[int, int], tuple[int, int]]) -> tuple[int, int]:
    """The key that a column refers to, over all tables between; itself where it refers to nothing."""
    seen = {column}
    while column in keys and keys[column] not in seen:
        column = keys[column]
        seen.add(column)
    return column


def _kinds(column: Column | None, by: Mapping[int, float]) -> float:
    """How many times as many different values a column has: as many times as rows where they are a share of those."""
    if column is None or not (column.only or column.distinct < 0):
        return 1.0
    return by.get(column.oid, 1.0)


def _set_kinds(session: Database, column: Column, kinds: float, factor: float, refers: bool) -> None:
    """A negative number scales by itself with the rows, so what it is told is the rest."""
    distinct = column.distinct * (kinds / factor if column.distinct < 0 else kinds)
    if kinds != 1 and column.distinct > 0:
        distinct = max(1.0, distinct)
    distinct = max(-1.0, distinct)
    diluted = kinds if refers else 1.0
    if distinct != column.distinct or diluted != 1:
        wanted = {"distinct": distinct, "kinds": max(diluted, 1e-9)}
        session.connection.execute(DISTINCT, wanted | column.model_dump(include={"oid", "number", "inherited"}))


def _move_bounds(
    session: Database, column: Column, counted: Column | None, by: Mapping[int, float], table: dict[str, Any]
) -> list[str]:
    """Moves where a histogram ends; says what a key could not hold. `counted` is the key that it is or refers to."""
    factor = by.get((counted or column).oid, 1.0)
    if not column.bounded or factor == 1:
        return []
    if column.type in COUNTERS and counted and counted.only:
        most = COUNTERS[column.type]
        high = _moved(session, column, COUNTED.format(type=column.type, most=most), column.type, factor)
        if high and int(high) * factor > most:
            return [f"{table['name']}.{column.name} is {column.type} and ends at {most:,}, before it is that large"]
    elif column.type in TIMES and abs(column.correlation or 0) >= FOLLOWS and not table["part"] and not table["whole"]:
        _moved(session, column, PASSED.format(type=column.type, wide=TIMES[column.type]), column.type, factor)
    return []


def _moved(session: Database, column: Column, moved: str, type_: str, factor: float) -> str:
    """The greatest value before the bounds were moved; nothing where they could not be, such as at infinity."""
    asked = BOUNDS.format(moved=moved, type=type_)
    try:
        with session.connection.transaction():
            which = {"by": factor} | column.model_dump(include={"oid", "number", "inherited"})
            row = session.connection.execute(asked, which).fetchone()
    except psycopg.errors.DataError:
        return ""
    return str(row["high"]) if row else ""


@contextmanager
def longer(database: Database, by: Mapping[int, float]) -> Iterator[None]:
    """The files of tables and their indexes as many times as long, and trees as high, while the context lasts.

    Sessions that have planned with them meanwhile must be closed before it ends. Raises NotSupposable.
    """
    of = {row["oid"]: by[row["table"]] for row in database.query(INDEXES, (list(by),))} | dict(by)
    wanted = [(file, of[file.oid]) for file in files(database).values() if file.oid in of]
    trees = [file.oid for file, _ in wanted if not file.table]
    for file, factor in wanted:
        if length(file) * factor / PAGE > MOST_PAGES:
            raise NotSupposable(f"{file.namespace}.{file.name} cannot be {factor:g} times as long: 32 TB is the most")
    with ExitStack() as back:
        forget_pages(database, trees)
        for file, factor in wanted:
            back.callback(_put_back, file, length(file), _head(file))
            _lengthen(file, factor)
        # What was read meanwhile must not be written over what is put back.
        back.callback(forget_pages, database, trees)
        yield


def length(file: File) -> int:
    """The bytes of all segments of a table or index."""
    return sum(part.stat().st_size for part in _segments(file))


def _segments(file: File) -> Sequence[Path]:
    found, number = [file.path], 1
    while (part := file.path.with_name(f"{file.path.name}.{number}")).exists():
        found.append(part)
        number += 1
    return found


def _head(file: File) -> bytes:
    if file.table:
        return b""
    with file.path.open("rb") as handle:
        return handle.read(HEAD * PAGE)


def _lengthen(file: File, factor: float) -> None:
    pages = max(1, round(length(file) / PAGE * factor)) if length(file) else 0
    levels = height(pages, file.width) if file.width else 0
    _shorten(file, 0 if file.table else min(length(file), HEAD * PAGE))
    if file.width:
        raise_tree(file, levels)
        pages = max(pages, levels + 2 if levels else 1)
    stretch(file, pages)


def _put_back(file: File, size: int, head: bytes) -> None:
    _shorten(file, 0)
    if head:
        with file.path.open("r+b") as handle:
            handle.write(head)
    stretch(file, size // PAGE)


def _shorten(file: File, size: int) -> None:
    """Leaves at most the first segment of a file, of so many bytes."""
    for part in _segments(file)[1:]:
        part.unlink()
    os.truncate(file.path, min(size, SEGMENT))
