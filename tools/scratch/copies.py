"""A copy of the target in scratch, with what it lacks."""

from __future__ import annotations

from dataclasses import dataclass

from dbengineer.tools.facts import Coverage
from dbengineer.tools.scratch.database import Database


@dataclass(frozen=True)
class Copy:
    """A scratch database made from the target; `notes` say where it differs from the target."""

    database: Database
    notes: tuple[str, ...]
    coverage: Coverage
    took_ms: float
