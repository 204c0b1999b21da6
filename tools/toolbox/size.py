"""List the largest tables and indexes: bytes, estimated rows, and how large everything is together."""

from __future__ import annotations

from pydantic import Field

from dbengineer.tools import texts
from dbengineer.tools.facts import Fact, Result
from dbengineer.tools.schema.catalog import Index, Table
from dbengineer.tools.workbench import Workbench

effect = "read"


class Args(Fact):
    """How many of the largest to list."""

    limit: int = Field(default=10, ge=1, le=100)


def run(bench: Workbench, args: Args) -> Result:
    """Sizes are those of the catalog now; rows are the planner's estimates."""
    schema = bench.schema
    with bench.ledger.watch("size", "target", "the catalog: sizes of tables and indexes") as seen:
        tables = sorted((t for t in schema.tables if t.kind != "partitioned"), key=lambda t: -t.bytes)
        indexes = sorted(schema.indexes, key=lambda i: -i.bytes)
        seen.saw = {
            "tables": {t.qualified: {"bytes": t.bytes, "rows": t.rows} for t in tables[: args.limit]},
            "indexes": {i.qualified: i.bytes for i in indexes[: args.limit]},
            "all": {"tables": sum(t.bytes for t in tables), "indexes": sum(i.bytes for i in indexes)},
        }
    summary = said(tables, indexes, args.limit)
    return Result(summary=summary, coverage=(schema.coverage(),), evidence=(seen.id,))


def said(tables: list[Table], indexes: list[Index], limit: int) -> str:
    """The totals, then the largest of both."""
    together = (texts.size(sum(t.bytes for t in tables)), texts.size(sum(i.bytes for i in indexes)))
    lines = [f"{len(tables)} tables take {together[0]}, their {len(indexes)} indexes {together[1]}."]
    lines += [f"table {t.qualified}: {texts.size(t.bytes)}, about {t.rows:,} rows" for t in tables[:limit]]
    lines += [f"index {i.qualified} of {i.table}: {texts.size(i.bytes)}" for i in indexes[:limit]]
    return "\n".join(lines)
