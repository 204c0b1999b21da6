"""What if there were such an index: a real one on the shadow's empty table, as long and as high as it would be."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any

import psycopg

from dbengineer.tools.facts import Fact
from dbengineer.tools.scratch.database import Database, quoted
from dbengineer.tools.scratch.files import File, files, forget_pages, height, raise_tree, stretch

CONCURRENTLY = re.compile(r"^(\s*create\s+(?:unique\s+)?index\s+)concurrently\b", re.IGNORECASE)
INDEXES = "SELECT indexrelid AS oid FROM pg_catalog.pg_index"
SHAPE = """
SELECT i.indexrelid AS oid, n.nspname AS schema, c.relname AS name, am.amname AS method, c.relkind = 'i' AS stored,
       c.relispartition AS part,
       i.indisunique AS "unique", tn.nspname AS table_schema, t.relname AS "table",
       greatest(t.reltuples, 0)::float8 AS rows, t.relpages AS table_pages,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
       coalesce(substring(pg_catalog.array_to_string(c.reloptions, ',') from 'fillfactor=([0-9]+)')::int, 90) AS fill,
       k.width, k.nulls, k.distinct_share, k.can_share
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
JOIN pg_catalog.pg_am am ON am.oid = c.relam
CROSS JOIN LATERAL (
    SELECT sum(coalesce(s.stawidth, nullif(greatest(a.attlen, 0), 0), 16))::float8 AS width,
           bool_or(coalesce(s.stanullfrac, 0) > 0) AS nulls,
           max(CASE WHEN s.stadistinct < 0 THEN -s.stadistinct
                    WHEN s.stadistinct > 0 AND t.reltuples > 0 THEN least(1, s.stadistinct / t.reltuples)
                    ELSE 1 END)::float8 AS distinct_share,
           bool_and(a.atttypid NOT IN (700, 701, 1700, 3802)) AND i.indnatts = i.indnkeyatts AS can_share
    FROM pg_catalog.pg_attribute a
    LEFT JOIN pg_catalog.pg_statistic s
      ON s.starelid = i.indrelid AND s.staattnum = i.indkey[a.attnum - 1] AND NOT s.stainherit
    WHERE a.attrelid = i.indexrelid
) k
WHERE i.indexrelid = ANY(%s)
"""
USABLE = 8192 - 24 - 16
DROPPED_AT_ONCE = 100


class HypotheticalIndex(Fact):
    """An index that is there only to be planned with; of a partitioned table all its parts, `pages` their sum."""

    names: tuple[str, ...]
    pages: int
    height: int


@contextmanager
def hypothetical_index(shadow: Database, ddl: str, pages: int | None = None) -> Iterator[HypotheticalIndex]:
    """Makes the index of a CREATE INDEX on the shadow while the context lasts, of `pages` or an estimated size.

    A definition that PostgreSQL refuses is a psycopg.Error.
    """
    with hypothetical_indexes(shadow, [(ddl, pages)]) as (made,):
        if isinstance(made, psycopg.Error):
            raise made
        yield made


@contextmanager
def hypothetical_indexes(
    shadow: Database, wanted: Sequence[tuple[str, int | None]]
) -> Iterator[list[HypotheticalIndex | psycopg.Error]]:
    """Many at once, in a fraction of the time; in place of an index that PostgreSQL refuses stands its error."""
    before = {row["oid"] for row in shadow.query(INDEXES)}
    try:
        with _short_tables(shadow):
            made = [_made(shadow, ddl) for ddl, _ in wanted]
        rows = {row["oid"]: row for row in _new(shadow, before)}
        pages = iter(pages for (_, pages), found in zip(wanted, made, strict=True) if not isinstance(found, Exception))
        groups = [[rows[oid] for oid in found] for found in made if not isinstance(found, Exception)]
        grown = iter(_grow(shadow, groups, list(pages)))
        yield [found if isinstance(found, psycopg.Error) else next(grown) for found in made]
    finally:
        # Those of partitions go with that of the whole table, and not without it.
        names = [quoted(row["schema"], row["name"]) for row in _new(shadow, before) if not row["part"]]
        for some in range(0, len(names), DROPPED_AT_ONCE):
            shadow.script(f"DROP INDEX IF EXISTS {', '.join(names[some : some + DROPPED_AT_ONCE])} CASCADE")


def _made(shadow: Database, ddl: str) -> list[int] | psycopg.Error:
    """The oids of what a CREATE INDEX made, in a partitioned table those of all parts."""
    before = {row["oid"] for row in shadow.query(INDEXES)}
    inside = shadow.connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE
    try:
        # A refusal must not end a transaction that is open already.
        with shadow.connection.transaction() if inside else nullcontext():
            shadow.script(CONCURRENTLY.sub(r"\1", ddl))
    except psycopg.Error as error:
        return error
    return [row["oid"] for row in shadow.query(INDEXES) if row["oid"] not in before]


def _new(shadow: Database, before: set[int]) -> list[dict[str, Any]]:
    made = [row["oid"] for row in shadow.query(INDEXES) if row["oid"] not in before]
    return shadow.query(SHAPE, (made,))


@contextmanager
def _short_tables(shadow: Database) -> Iterator[None]:
    """Takes the length from the tables meanwhile: an index build would read gigabytes of nothing."""
    with ExitStack() as back:
        for file in files(shadow).values():
            size = file.path.stat().st_size
            if file.table and size > 1 << 20:
                os.truncate(file.path, 0)
                back.callback(os.truncate, file.path, size)
        yield


def _grow(
    shadow: Database, made: Sequence[Sequence[dict[str, Any]]], pages: Sequence[int | None]
) -> Iterator[HypotheticalIndex]:
    """Gives indexes their length and height; each is one, or of a partitioned table that of the whole and the parts."""
    here = files(shadow)
    every = [here[row["schema"], row["name"]] for rows in made for row in rows if row["stored"]]
    forget_pages(shadow, [file.oid for file in every])
    for rows, wanted in zip(made, pages, strict=True):
        stored = [row for row in rows if row["stored"]]
        entries = [_entries(shadow, row) for row in stored]
        sizes = _sizes([estimated_pages(row, count) for row, count in zip(stored, entries, strict=True)], wanted)
        found: list[File] = [here[row["schema"], row["name"]] for row in stored]
        levels = [height(size, file.width) if file.width else 0 for size, file in zip(sizes, found, strict=True)]
        for row, file, size, level, count in zip(stored, found, sizes, levels, entries, strict=True):
            raise_tree(file, level)
            stretch(file, max(size, level + 2 if level else 1))
            _tell(shadow, row, size, count)
        names = tuple(quoted(row["schema"], row["name"]) for row in rows)
        yield HypotheticalIndex(names=names, pages=sum(sizes), height=max(levels, default=0))


def _sizes(estimated: list[int], wanted: int | None) -> list[int]:
    """The pages of the parts of an index, which are `wanted` together."""
    total = sum(estimated)
    if wanted is None or not total:
        return estimated
    return [max(1, round(wanted * size / total)) for size in estimated]


def _entries(shadow: Database, row: dict[str, Any]) -> float:
    """How many rows are in it: all, or for a partial index as many as the planner expects."""
    if not row["predicate"]:
        return float(row["rows"])
    table = quoted(row["table_schema"], row["table"])
    plan = shadow.explain(f"SELECT FROM ONLY {table} WHERE {row['predicate']}")
    return float(plan["Plan"]["Plan Rows"])


def _tell(shadow: Database, row: dict[str, Any], pages: int, entries: float) -> None:
    shadow.query(
        "SELECT pg_catalog.pg_restore_relation_stats('schemaname', %s::text, 'relname', %s::text, "
        "'relpages', %s::int, 'reltuples', %s::real)",
        (row["schema"], row["name"], pages, entries),
    )


def estimated_pages(row: dict[str, Any], entries: float) -> int:
    """The pages of a new index of so many entries.

    A B-tree entry is 8 bytes (16 with nulls) and the key, aligned, and a pointer of 4; equal keys share one entry with
    6 bytes a row (nbtree/README, "Notes about deduplication"). BRIN keeps 24 bytes for 128 pages of the table.
    """
    if row["method"] == "brin":
        return 3 + int(row["table_pages"] / 128 * 24 / USABLE)
    key = -(-(8 + (8 if row["nulls"] else 0) + row["width"]) // 8) * 8 + 4
    share = max(row["distinct_share"] if row["can_share"] and not row["unique"] else 1.0, 0.001)
    size = entries * key if share > 0.5 else entries * (6 + share * key)
    return 1 + max(1, int(size / (USABLE * row["fill"] / 100) * 1.005 + 0.999)) if entries else 1
