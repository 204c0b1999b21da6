"""Read the target with one SELECT, VALUES, TABLE, EXPLAIN or SHOW."""

from __future__ import annotations

from pydantic import Field

from dbengineer.tools.facts import Fact, Result
from dbengineer.tools.target import Rows
from dbengineer.tools.toolbox import ToolError
from dbengineer.tools.workbench import Workbench

effect = "read"
SHOWN = 20


class Args(Fact):
    """The statement; names need their schema in front, as in app.orders."""

    sql: str = Field(min_length=1, max_length=16_000)


def run(bench: Workbench, args: Args) -> Result:
    """Records what was asked and the shape of the answer; the rows only with leave to copy rows."""
    if not args.sql.strip():
        raise ToolError("there is no statement; send one SELECT")
    with bench.ledger.watch("query", "target", args.sql) as seen:
        rows = bench.target.read(args.sql)
        seen.saw = {"columns": list(rows.columns), "rows": len(rows.rows), "truncated": rows.truncated}
        if bench.rows == "copy":
            seen.saw["values"] = [[_plain(value) for value in row] for row in rows.rows]
    return Result(summary=_summary(rows, bench.rows == "copy"), evidence=(seen.id,))


def _summary(rows: Rows, show: bool) -> str:
    cut = " (cut at the limit)" if rows.truncated else ""
    count = len(rows.rows)
    head = f"{count} row{'' if count == 1 else 's'}{cut} of {', '.join(rows.columns) or 'no columns'}"
    if not show:
        return f"{head}; the values stay on the target (allow them with --rows copy)"
    lines = [" | ".join("" if value is None else str(value) for value in row) for row in rows.rows[:SHOWN]]
    more = [f"… and {count - SHOWN} more"] if count > SHOWN else []
    return "\n".join([head, *lines, *more])


def _plain(value: object) -> object:
    """A value as JSON can hold it."""
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
