"""Existing indexes that may go, in the same choice as the new ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dbengineer.tools.checking import Reads
from dbengineer.tools.facts import Fact
from dbengineer.tools.indexes import ddl
from dbengineer.tools.indexes.candidate import Candidate
from dbengineer.tools.schema.catalog import Index, Schema

OLD_ENOUGH_DAYS = 30
SEEN = """
SELECT extract(epoch FROM now() - coalesce(d.stats_reset, pg_postmaster_start_time()))::float8 / 86400 AS days,
       (SELECT count(*) FROM pg_stat_replication) + (SELECT count(*) FROM pg_replication_slots)
       + pg_is_in_recovery()::int AS replicas,
       array(SELECT indexrelid::regclass::text FROM pg_index WHERE indisreplident OR indisclustered) AS marked
FROM pg_stat_database d WHERE d.datname = current_database()
"""


class Droppable(Fact):
    """An existing index that may go: always, or only where one of `instead` (names) is there."""

    index: Index
    as_candidate: Candidate
    instead: tuple[str, ...] = ()
    why: str


def droppable(reads: Reads, schema: Schema, candidates: Iterable[Candidate]) -> dict[str, Droppable]:
    """The indexes that nothing forbids to drop, by qualified name.

    Kept are those that carry a constraint, keep values unique, alone support a foreign key, identify rows for
    replication, or were used; an unused one may go without another in its place where the statistics are a month old
    and no replica could have used it.
    """
    from dbengineer.tools.proofs.drop_index import needs

    seen = reads.query(SEEN)[0]
    marked = {name.rpartition(".")[2].strip('"') for name in seen["marked"]}
    free = [i for i in schema.indexes if i.valid and i.name not in marked and not i.primary and not needs(i, schema)]
    loose = {i.qualified for i in free}
    return {i.qualified: d for i in free if (d := _droppable(i, loose, seen, schema, list(candidates)))}


def _droppable(
    index: Index, loose: set[str], seen: dict[str, Any], schema: Schema, candidates: list[Candidate]
) -> Droppable | None:
    own = ddl.of_index(index)
    others = [i for i in schema.indexes if i.valid and i.qualified != index.qualified and i.table == index.table]
    serving = [i for i in others if ddl.of_index(i).serves(own)]
    kept = [i for i in serving if i.qualified not in loose]
    if kept:
        return Droppable(index=index, as_candidate=own, why=f"{kept[0].qualified} serves all that it does")
    instead = (*(i.qualified for i in serving), *(c.name for c in candidates if c.serves(own)))
    if instead:
        return Droppable(index=index, as_candidate=own, instead=instead, why="another index serves all that it does")
    if index.scans == 0 and seen["days"] >= OLD_ENOUGH_DAYS and not seen["replicas"]:
        return Droppable(index=index, as_candidate=own, why=f"nothing used it in {seen['days']:.0f} days")
    return None
