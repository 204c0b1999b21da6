"""What a migration costs at the size of the target: two runs on made-up rows, and the line through them."""

from __future__ import annotations

from collections.abc import Sequence

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations import locks
from dbengineer.tools.migrations.rehearsing.session import Ran

SMALL, LARGE = 10_000, 40_000
BIG = 10_000
"""A table of so many rows or more is a big one."""
UNKNOWN = 1_000_000
"""The size that is spoken of where no target is known."""


class Estimate(Fact):
    """What a statement takes at `rows` rows of `table`: seconds as this machine does it, and bytes of WAL."""

    table: str
    rows: int
    seconds: float
    wal_bytes: int
    known: bool = True
    """Whether `rows` is the target's; else it is a size to speak of."""

    @property
    def words(self) -> str:
        """The estimate as a reader wants it."""
        size = f"{self.rows:,} rows" if self.known else f"every {self.rows:,} rows"
        return f"about {spoken(self.seconds)} and {locks.size(self.wal_bytes)} of WAL at {size} of {self.table}"


def spoken(seconds: float) -> str:
    """Seconds in the unit and precision that are honest: nobody knows the disks of the target."""
    if seconds < 1:
        return f"{max(round(seconds * 1000, -1 if seconds > 0.1 else 0), 1):.0f} ms"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def grows(ran: Ran) -> str:
    """The table that a statement does work on which grows with it; empty where it costs the same at every size."""
    found = [w.partition(": ")[2] for w in ran.step.work]
    return next((name for name in [*found, *ran.step.rewrites] if "." in name), "")


def estimates(
    small: Sequence[Ran], large: Sequence[Ran], rows: dict[str, int], touched: Sequence[str]
) -> list[Estimate | None]:
    """The estimate of each statement from the runs on SMALL and on LARGE rows a table.

    `touched` names for each statement the table whose size counts. Bytes and pages grow linearly with the rows; time
    does within a factor of about three on another machine.
    """
    found: list[Estimate | None] = []
    for a, b, table in zip(small, large, touched, strict=False):
        found.append(_line(a, b, table, rows) if table and not (a.step.error or b.step.error) else None)
    return found + [None] * (len(touched) - len(found))


def _line(a: Ran, b: Ran, table: str, rows: dict[str, int]) -> Estimate:
    known = table in rows
    size = rows.get(table, UNKNOWN)
    wal = _at(size, a.step.wal_bytes, b.step.wal_bytes)
    took = _at(size, a.step.took_ms, b.step.took_ms)
    floor = b.step.took_ms / LARGE * size if size > LARGE else 0
    return Estimate(
        table=table, rows=size, seconds=round(max(took, floor, 0) / 1000, 3), wal_bytes=max(round(wal), 0), known=known
    )


def _at(size: int, small: float, large: float) -> float:
    slope = (large - small) / (LARGE - SMALL)
    return small + slope * (size - SMALL)
