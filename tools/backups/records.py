"""What a restore drill of this run has measured, read back from the ledger."""

from __future__ import annotations

from dbengineer.tools.facts import Fact
from dbengineer.tools.ledger import Ledger

TOOL = "restore_drill"


class Drill(Fact):
    """The figures of a drill: milliseconds, bytes, and rates in bytes of database a second; None when not measured."""

    evidence: str
    verdict: str
    rows: bool
    database_bytes: int
    dump_ms: float | None = None
    restore_ms: float | None = None
    dump_bytes: int | None = None

    @property
    def dump_rate(self) -> float | None:
        """Bytes of database dumped a second."""
        return self.database_bytes / self.dump_ms * 1000 if self.rows and self.dump_ms else None

    @property
    def restore_rate(self) -> float | None:
        """Bytes of database restored a second."""
        return self.database_bytes / self.restore_ms * 1000 if self.rows and self.restore_ms else None


def last(ledger: Ledger) -> Drill | None:
    """The last drill of the run, or None where none was done."""
    drills = [e for e in ledger if e.tool == TOOL and "drill" in e.saw]
    return Drill(evidence=drills[-1].id, **drills[-1].saw["drill"]) if drills else None
