"""What the planner's statistics say of tables and columns, as far as it is not the rows' own values."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from dbengineer.tools.checking import Reads
from dbengineer.tools.facts import Fact

READ = """
SELECT format('%I.%I', n.nspname, c.relname) AS table, c.relkind = 'p' AS partitioned,
       coalesce(p.rows, greatest(c.reltuples, 0))::float8 AS rows, coalesce(p.pages, c.relpages)::int AS pages,
       a.attname AS column, t.typname AS type, t.typlen AS fixed, coalesce(s.n_distinct, o.n_distinct) AS n_distinct,
       coalesce(s.correlation, o.correlation)::float8 AS correlation,
       coalesce(s.null_frac, o.null_frac) AS null_frac, coalesce(s.avg_width, o.avg_width) AS avg_width, w.lengths
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
                    AND s.inherited = (c.relkind = 'p')
LEFT JOIN LATERAL (
  SELECT sum(greatest(l.reltuples, 0)) AS rows, sum(l.relpages) AS pages,
         (array_agg(l.oid ORDER BY l.reltuples DESC))[1] AS largest
  FROM pg_partition_tree(c.oid) b JOIN pg_class l ON l.oid = b.relid
  WHERE b.isleaf
) p ON c.relkind = 'p'
-- ANALYZE by itself never looks at a partitioned table as a whole: then its largest part speaks for it.
LEFT JOIN pg_class lc ON lc.oid = p.largest
LEFT JOIN pg_namespace ln ON ln.oid = lc.relnamespace
LEFT JOIN pg_stats o ON o.schemaname = ln.nspname AND o.tablename = lc.relname AND o.attname = a.attname
                    AND NOT o.inherited
CROSS JOIN LATERAL (
  SELECT CASE WHEN t.typname IN ('numeric', 'text', 'varchar') THEN s.most_common_vals::text::text[] END AS common,
         CASE WHEN t.typname IN ('numeric', 'text', 'varchar') THEN s.histogram_bounds::text::text[] END AS others,
         1 - s.null_frac - coalesce((SELECT sum(f) FROM unnest(s.most_common_freqs) AS f), 0) AS share_of_others
) v
LEFT JOIN LATERAL (
  SELECT json_object_agg(length, share) AS lengths
  FROM (
    -- Stored in an index, a number and a short text have a header of one byte instead of four.
    SELECT CASE WHEN t.typname = 'numeric' THEN pg_column_size(value::numeric) - 3
                ELSE octet_length(value) + CASE WHEN octet_length(value) < 127 THEN 1 ELSE 4 END END AS length,
           sum(share) AS share
    FROM (
      SELECT value, share::float8 FROM unnest(v.common, s.most_common_freqs) AS m (value, share)
      UNION ALL
      SELECT value, (v.share_of_others / cardinality(v.others))::float8 FROM unnest(v.others) AS h (value)
    ) AS known
    WHERE value IS NOT NULL AND share > 0
    GROUP BY 1
  ) AS by_length
) w ON true
WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_toast'
"""

KEYS = """
SELECT format('%I.%I', n.nspname, c.relname) AS table, array_agg(a.attname::text) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY((i.indkey::int2[])[0 : i.indnkeyatts - 1])
WHERE i.indisprimary GROUP BY i.indexrelid, n.nspname, c.relname HAVING count(*) > 1
"""

UNKNOWN = """
SELECT format('%I.%I', n.nspname, c.relname) AS table FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
  AND (c.reltuples < 0 OR (c.reltuples = 0 AND c.relpages = 0 AND pg_relation_size(c.oid) > 0))
"""
"""Before version 14 the rows of a table that was never analyzed are 0, not -1."""


class ColumnStatistics(Fact):
    """A column: `distinct` values among all rows, average width in bytes, share of nulls (0 to 1), and how far its
    values follow the order of rows (-1 to 1).

    `lengths` of its values in bytes, each with how often it occurs, are known of numbers and texts.
    """

    type: str
    distinct: float
    width: float
    nulls: float
    correlation: float = 0.0
    lengths: dict[int, float] = {}


class TableStatistics(Fact):
    """A table: its rows, its 8 kB pages, its columns by name; of a partitioned one those of all its parts."""

    rows: float
    pages: int
    partitioned: bool = False
    columns: dict[str, ColumnStatistics]


Statistics = Mapping[str, TableStatistics]


def read(reads: Reads) -> Statistics:
    """The statistics of every table by its qualified name, partitioned ones and their parts too.

    A column that was never analyzed counts as 200 different values.
    """
    grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in reads.query(READ):
        grouped[row["table"]].append(row)
    found = {
        table: TableStatistics(
            rows=rows[0]["rows"],
            pages=rows[0]["pages"],
            partitioned=rows[0]["partitioned"],
            columns={row["column"]: _column(row) for row in rows},
        )
        for table, rows in grouped.items()
    }
    for row in reads.query(KEYS):
        if row["table"] in found:
            found[row["table"]] = _by_key(found[row["table"]], row["columns"])
    return found


def unanalyzed(reads: Reads) -> list[str]:
    """The qualified names of the tables that were never analyzed, nor vacuumed."""
    return [row["table"] for row in reads.query(UNKNOWN)]


def _by_key(table: TableStatistics, key: list[str]) -> TableStatistics:
    """ANALYZE reads whole pages, so of a column that rows lie sorted by it sees few values and estimates too few.

    But the values of a primary key's columns have to be enough together for every row to have its own.
    """
    first, *others = sorted((table.columns[name] for name in key), key=lambda c: -c.distinct)
    least = table.rows / math.prod(max(c.distinct, 1.0) for c in others)
    if first.distinct >= least:
        return table
    raised = {n: c.model_copy(update={"distinct": least}) if c is first else c for n, c in table.columns.items()}
    return table.model_copy(update={"columns": raised})


def _column(row: dict[str, Any]) -> ColumnStatistics:
    distinct = 200.0 if row["n_distinct"] is None else float(row["n_distinct"])
    return ColumnStatistics(
        type=row["type"],
        distinct=-distinct * row["rows"] if distinct < 0 else distinct,
        width=float(row["avg_width"] or (row["fixed"] if row["fixed"] > 0 else 32)),
        nulls=float(row["null_frac"] or 0),
        correlation=float(row["correlation"] or 0),
        lengths=row["lengths"] or {},
    )
