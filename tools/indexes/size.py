"""How big an index would be, from the planner's statistics.

A B-tree tuple is a header of 8 bytes (16 where a key may be null), the columns in their order and alignment, all padded
to 8, and a line pointer of 4; leaf pages are filled to 90 %. Since version 13 equal keys share one tuple with a list of
6-byte row addresses; while an index is built a list grows to a tenth of a page (nbtsort.c, maxpostingsize). Types whose
equal values may look different, and indexes with INCLUDE, are not deduplicated (nbtree's README, "Notes about
deduplication").
"""

from __future__ import annotations

import math
from collections import defaultdict

from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.indexes.statistics import ColumnStatistics, TableStatistics

PAGE, USABLE, FILL = 8192, 8192 - 24 - 16, 0.9
HEADER, POINTER, ADDRESS, LONGEST = 8, 4, 6, 812
NOT_DEDUPLICATED = {"numeric", "float4", "float8", "jsonb", "interval"}
FIXED = {"bool": (1, 1), "int2": (2, 2), "int4": (4, 4), "date": (4, 4), "oid": (4, 4), "float4": (4, 4)}
FIXED |= dict.fromkeys(("int8", "float8", "timestamp", "timestamptz", "time", "money"), (8, 8))
FIXED |= {"uuid": (16, 1), "interval": (16, 8)}
"""The length and alignment of types; all others are short varlena, which are not aligned."""
EVEN = {"bpchar"}
"""Varlena whose values are all as long as each other."""
SPREAD = {off: 0.5 if abs(off) == 4 else 1.0 for off in range(-4, 5)}
"""Of other varlena only the average is known: around it every remainder of 8 is as likely as another."""
WIDTH_OF_EXPRESSION = 16.0
GIN_ADDRESS, TRIGRAM_ENTRY = 1.1, 24
BRIN_SUMMARY = 36
LONG, FEW, UNIQUE = 200, 8.0, 1.05


def pages(candidate: Candidate, table: TableStatistics, rows: float | None = None) -> int:
    """The estimated size in 8 kB pages; `rows` are those that its predicate keeps."""
    count = table.rows if rows is None else rows
    if candidate.method == "brin":
        # A summary for each 128 pages of the table, behind a metapage and a map.
        return 3 + math.ceil(table.pages / 128 * BRIN_SUMMARY / USABLE)
    size = _gin(candidate, table, count) if candidate.method == "gin" else _btree(candidate, table, count)
    if candidate.method == "gist":
        # Built by inserting, its pages are two thirds full (gist splits a full page in two).
        size *= 1.35
    return max(2, math.ceil(size / PAGE) + 1)


def _btree(candidate: Candidate, table: TableStatistics, rows: float) -> float:
    keys = [_column(key.expression, table) for key in candidate.keys]
    included = [_column(name, table) for name in candidate.include]
    tuple_ = _tuple([*keys, *included])
    if included or any(c.type in NOT_DEDUPLICATED for c in keys):
        item, count = tuple_, rows
    else:
        item, count = _shared(tuple_, keys, rows)
    # The last tuple that would fit a page goes to the next one; half of one is lost where they are long.
    lost = item / 2 if item > LONG else 0.0
    return count * (item + POINTER) / (USABLE * FILL - lost) * PAGE * 1.005


def _tuple(columns: list[ColumnStatistics]) -> float:
    """The bytes of a tuple, on average: each column begins where the one before it may have ended."""
    ends = {HEADER * 2 if any(c.nulls > 0 for c in columns) else HEADER: 1.0}
    for column in columns:
        lengths, alignment = _lengths(column)
        following: dict[int, float] = defaultdict(float)
        for end, often in ends.items():
            for length, share in lengths.items():
                following[math.ceil(end / alignment) * alignment + length] += often * share
        ends = following
    return sum(often * _padded(end) for end, often in ends.items()) / sum(ends.values())


def _lengths(column: ColumnStatistics) -> tuple[dict[int, float], int]:
    """How long values are in bytes, each with its share, and what they are aligned to."""
    if column.type in FIXED:
        length, alignment = FIXED[column.type]
        return {length: 1.0}, alignment
    width = round(column.width)
    if column.lengths or column.type in EVEN:
        return column.lengths or {width: 1.0}, 1
    return {width + off: share for off, share in SPREAD.items()}, 1


def _shared(tuple_: float, keys: list[ColumnStatistics], rows: float) -> tuple[float, float]:
    """The bytes of an average leaf tuple whose equal keys share one, and how many there are.

    Values of several columns meet by chance, so how often a key occurs is distributed as Poisson has it.
    """
    possible = max(math.prod(max(c.distinct, 1.0) for c in keys), 1.0)
    often = rows / possible
    if often > FEW:
        most = max((LONGEST - tuple_) // ADDRESS, 1)
        lists = math.ceil(often / most)
        return tuple_ + often / lists * ADDRESS + 3.5, possible * lists
    if len(keys) == 1 and often < UNIQUE:
        return tuple_, rows
    chances = [math.exp(-often) * often**n / math.factorial(n) for n in range(1, 30)]
    there = sum(chances) or 1.0
    sizes = (tuple_ if n == 1 else _padded(tuple_ + n * ADDRESS) for n in range(1, 30))
    return sum(c * size for c, size in zip(chances, sizes, strict=True)) / there, possible * there


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


def _padded(width: float) -> float:
    return math.ceil(width / 8) * 8
