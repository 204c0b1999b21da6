"""What if there were such an index: a real one on the shadow's empty table, as long and as high as it would be."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from dbengineer.tools.facts import Fact
from dbengineer.tools.scratch.database import Database, quoted
from dbengineer.tools.scratch.files import File, files, forget_pages, height, raise_tree, stretch

CONCURRENTLY = re.compile(r"^(\s*create\s+(?:unique\s+)?index\s+)concurrently\b", re.IGNORECASE)
INDEXES = "SELECT indexrelid AS oid FROM pg_catalog.pg_index"
SHAPE = """
SELECT n.nspname AS schema, c.relname AS name, am.amname AS method, c.relkind = 'i' AS stored,
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
    before = {row["oid"] for row in shadow.query(INDEXES)}
    try:
        with _short_tables(shadow):
            shadow.script(CONCURRENTLY.sub(r"\1", ddl))
        yield _grow(shadow, _new(shadow, before), pages)
    finally:
        for row in _new(shadow, before):
            # Those of partitions go with that of the whole table, and not without it.
            if not row["part"]:
                shadow.script(f"DROP INDEX IF EXISTS {quoted(row['schema'], row['name'])} CASCADE")


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


def _grow(shadow: Database, made: Sequence[dict[str, Any]], pages: int | None) -> HypotheticalIndex:
    stored = [row for row in made if row["stored"]]
    entries = [_entries(shadow, row) for row in stored]
    sizes: list[int] = [estimated_pages(row, count) for row, count in zip(stored, entries, strict=True)]
    total = sum(sizes)
    if pages is not None and total:
        sizes = [max(1, round(pages * size / total)) for size in sizes]
    here = files(shadow)
    found: list[File] = [here[row["schema"], row["name"]] for row in stored]
    forget_pages(shadow, [file.oid for file in found])
    levels = [height(size, file.width) if file.width else 0 for size, file in zip(sizes, found, strict=True)]
    for row, file, size, level, count in zip(stored, found, sizes, levels, entries, strict=True):
        raise_tree(file, level)
        stretch(file, max(size, level + 2 if level else 1))
        _tell(shadow, row, size, count)
    names = tuple(quoted(row["schema"], row["name"]) for row in made)
    return HypotheticalIndex(names=names, pages=sum(sizes), height=max(levels, default=0))


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
