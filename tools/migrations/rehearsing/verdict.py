"""What a rehearsal has shown of one migration, and what of it should stop a merge."""

from __future__ import annotations

from typing import Literal

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations.locks import Held
from dbengineer.tools.migrations.rehearse import Reversibility
from dbengineer.tools.migrations.rehearsing.clients import Broken, Stall
from dbengineer.tools.migrations.rehearsing.sizes import Estimate

Level = Literal["finding", "note"]


class Concern(Fact):
    """Something a reviewer has to know; a `finding` stops a merge, a `note` does not."""

    level: Level
    rule: str
    why: str
    statement: str = ""


class Seen(Fact):
    """One statement as it ran: the locks it took, those its transaction held already, and what it did.

    `bounded`: it would have given up waiting for a lock, because the migration has set lock_timeout.
    """

    statement: str
    transaction: int
    alone: bool
    locks: tuple[Held, ...]
    held: tuple[Held, ...]
    rewrites: tuple[str, ...]
    work: tuple[str, ...]
    took_ms: float
    wal_bytes: int
    estimate: Estimate | None = None
    bounded: bool = False
    error: str = ""


class Verdict(Fact):
    """The verdict on one migration.

    `lost` are the columns whose data the way back does not bring back, `written_since` those that it drops.
    """

    name: str
    reversibility: Reversibility
    because: str
    statements: tuple[Seen, ...]
    lost: tuple[str, ...] = ()
    written_since: tuple[str, ...] = ()
    stalls: tuple[Stall, ...] = ()
    broken: tuple[Broken, ...] = ()
    concerns: tuple[Concern, ...] = ()
    probes: tuple[str, ...] = ()
    before: str = ""
    after: str = ""

    @property
    def findings(self) -> tuple[Concern, ...]:
        """What stops a merge."""
        return tuple(c for c in self.concerns if c.level == "finding")

    @property
    def safe(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


class Report(Fact):
    """The verdicts on all migrations that were given, and how faithful the copy was."""

    verdicts: tuple[Verdict, ...]
    applied_before: int = 0
    sizes: str = ""
    notes: tuple[str, ...] = ()
    took_s: float = 0

    @property
    def safe(self) -> bool:
        """Whether nothing was found in any of them."""
        return all(v.safe for v in self.verdicts)
