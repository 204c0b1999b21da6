"""How big an index would be, from the planner's statistics.

B-tree leaf pages hold tuples of an 8-byte header and keys padded to 8 bytes, plus a 4-byte line pointer, filled to 90
%.
Since version 13 equal keys share one tuple with a list of 6-byte row addresses (nbtree's README, "Notes about
deduplication"); types whose equal values may look different, and indexes with INCLUDE, are not deduplicated.
"""

from __future__ import annotations

import math

from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.indexes.statistics import ColumnStatistics, TableStatistics

PAGE, USABLE, FILL = 8192, 8192 - 24 - 16, 0.9
HEADER, POINTER, ADDRESS, MAX_POSTING = 8, 4, 6, 2700 // 6
NOT_DEDUPLICATED = {"numeric", "bpchar", "float4", "float8", "jsonb", "interval"}
WIDTH_OF_EXPRESSION = 16.0
GIN_ADDRESS, TRIGRAM_ENTRY = 1.1, 24


def pages(candidate: Candidate, table: TableStatistics, rows: float | None = None) -> int:
    """The estimated size in 8 kB pages; `rows` are those that its predicate keeps."""
    count = table.rows if rows is None else rows
    size = _gin(candidate, table, count) if candidate.method == "gin" else _btree(candidate, table, count)
    return max(2, math.ceil(size / PAGE) + 1)


def _btree(candidate: Candidate, table: TableStatistics, rows: float) -> float:
    keys = [_column(key.expression, table) for key in candidate.keys]
    included = [_column(name, table) for name in candidate.include]
    width = _padded(sum(_aligned(c) for c in (*keys, *included)))
    distinct = min(math.prod(max(c.distinct, 1.0) for c in keys), max(rows, 1.0))
    per_key = rows / distinct if distinct else 1.0
    if included or any(c.type in NOT_DEDUPLICATED for c in keys) or per_key < 1.5:
        leaves = rows * (HEADER + width + POINTER)
    else:
        lists = distinct * math.ceil(per_key / MAX_POSTING)
        leaves = lists * (HEADER + width + POINTER) + rows * ADDRESS
    return leaves / (USABLE * FILL) * PAGE * 1.01


def _gin(candidate: Candidate, table: TableStatistics, rows: float) -> float:
    """Items a row times compressed addresses, and an entry for each distinct item."""
    column = _column(candidate.keys[0].expression, table)
    trigrams = "trgm" in candidate.keys[0].opclass
    items = column.width + 2 if trigrams else max(column.width / 12, 1)
    entries = min(rows * items, 50_000 if trigrams else max(column.distinct * items, 1))
    return (rows * (1 - column.nulls) * items * GIN_ADDRESS + entries * TRIGRAM_ENTRY) * 1.2


def _column(expression: str, table: TableStatistics) -> ColumnStatistics:
    known = table.columns.get(expression.strip('"'))
    if known:
        return known
    inside = [c for name, c in table.columns.items() if name in expression]
    width = inside[0].width if inside else WIDTH_OF_EXPRESSION
    distinct = inside[0].distinct if inside else table.rows
    return ColumnStatistics(type="text", distinct=distinct, width=width, nulls=0.0)


def _aligned(column: ColumnStatistics) -> float:
    return math.ceil(column.width / 4) * 4 if column.width >= 4 else column.width


def _padded(width: float) -> float:
    return math.ceil(width / 8) * 8
