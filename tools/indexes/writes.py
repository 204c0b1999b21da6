"""What having an index costs those who write, in the planner's units."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dbengineer.tools.checking import Reads
from dbengineer.tools.facts import Fact
from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.queries import sql
from dbengineer.tools.queries.workload import Workload

ENTRY = 0.8
"""One entry: a descent of about three levels at 50 cpu_operator_cost each (as costsize.c counts it), and a tenth of a
page that has to be read, at a random_page_cost of 4."""
ITEMS = {"gin": 12.0, "gist": 2.0}
"""How many entries one row makes, by the kind of index."""
READ = """
SELECT format('%I.%I', s.schemaname, s.relname) AS name, s.n_tup_ins AS inserted, s.n_tup_upd AS updated,
       s.n_tup_hot_upd AS hot, (SELECT count(*) FROM pg_index i WHERE i.indrelid = s.relid) AS indexes,
       extract(epoch FROM now() - coalesce(d.stats_reset, pg_postmaster_start_time()))::float8 AS seconds
FROM pg_stat_user_tables s, pg_stat_database d
WHERE d.datname = current_database() AND s.n_tup_ins + s.n_tup_upd > 0
"""


class Written(Fact):
    """What was written to a table in the time of the workload; `hot` of the updates touched no index."""

    inserted: float
    updated: float
    hot: float
    indexes: int


def read(reads: Reads, workload: Workload) -> dict[str, Written]:
    """What was written to each table by its qualified name, cut to the time that the workload counts."""
    return {row["name"]: _written(row, workload) for row in reads.query(READ)}


def _written(row: dict[str, Any], workload: Workload) -> Written:
    from datetime import UTC, datetime

    age = (datetime.now(UTC) - workload.since).total_seconds() if workload.since else row["seconds"]
    share = min(1.0, age / row["seconds"]) if row["seconds"] > 0 else 1.0
    return Written(
        inserted=row["inserted"] * share,
        updated=row["updated"] * share,
        hot=row["hot"] * share,
        indexes=row["indexes"],
    )


def prices(indexes: Iterable[Candidate], written: dict[str, Written], workload: Workload) -> dict[str, float]:
    """What each index costs by its body: an entry for each new row version, and more where updates stay no longer HOT.

    An update that sets a column of the index writes all indexes of the table, which it may not have done before.
    """
    changed = [(t, c, max(s.rows, s.calls)) for s in workload.statements for t, c in sql.updated(s.text)]
    return {c.body: _price(c, written[c.table], changed) if c.table in written else 0.0 for c in indexes}


def _price(index: Candidate, written: Written, changed: list[tuple[str, str, int]]) -> float:
    table = index.table.rpartition(".")[2].strip('"')
    held = {key.expression.strip('"') for key in index.keys} | {name.strip('"') for name in index.include}
    sets = sum(rows for t, column, rows in changed if t == table and column in held)
    lost = min(float(sets), written.updated) * (written.hot / written.updated if written.updated else 0.0)
    entries = written.inserted + (written.updated - written.hot) + lost * (written.indexes + 1)
    return entries * ENTRY * ITEMS.get(index.method, 1.0)
