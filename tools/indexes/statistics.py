"""What the planner's statistics say of tables and columns, as far as it is not the rows' own values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from dbengineer.tools.checking import Reads
from dbengineer.tools.facts import Fact

READ = """
SELECT format('%I.%I', n.nspname, c.relname) AS table, c.relkind = 'p' AS partitioned,
       coalesce(p.rows, greatest(c.reltuples, 0))::float8 AS rows, coalesce(p.pages, c.relpages)::int AS pages,
       a.attname AS column, t.typname AS type, t.typlen AS fixed, coalesce(s.n_distinct, o.n_distinct) AS n_distinct,
       coalesce(s.null_frac, o.null_frac) AS null_frac, coalesce(s.avg_width, o.avg_width) AS avg_width
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
WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_toast'
"""


class ColumnStatistics(Fact):
    """A column: `distinct` values among all rows, average width in bytes, share of nulls (0 to 1)."""

    type: str
    distinct: float
    width: float
    nulls: float


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
    return {
        table: TableStatistics(
            rows=rows[0]["rows"],
            pages=rows[0]["pages"],
            partitioned=rows[0]["partitioned"],
            columns={row["column"]: _column(row) for row in rows},
        )
        for table, rows in grouped.items()
    }


def _column(row: dict[str, Any]) -> ColumnStatistics:
    distinct = 200.0 if row["n_distinct"] is None else float(row["n_distinct"])
    return ColumnStatistics(
        type=row["type"],
        distinct=-distinct * row["rows"] if distinct < 0 else distinct,
        width=float(row["avg_width"] or (row["fixed"] if row["fixed"] > 0 else 32)),
        nulls=float(row["null_frac"] or 0),
    )
