"""How far a shadow may be trusted for a workload, and what it is where it may not."""

from __future__ import annotations

from collections.abc import Iterable

from dbengineer.tools.facts import Coverage, Fact
from dbengineer.tools.queries import sql, usage
from dbengineer.tools.queries.usage import Names
from dbengineer.tools.queries.workload import Statement
from dbengineer.tools.scratch.calibrating import Calibration, calibrate
from dbengineer.tools.scratch.copies import Copy
from dbengineer.tools.target import Target

MOST = 100
"""More statements than that, the longest first, tell nothing new about a copy."""
UNKNOWN = "no difference is known that would explain it: perhaps the tables changed since the shadow was made"


class Trust(Fact):
    """The calibration of a shadow; `differing` are the fingerprints of statements that it plans otherwise."""

    calibration: Calibration
    differing: frozenset[str] = frozenset()
    reasons: tuple[str, ...] = ()

    @property
    def coverage(self) -> Coverage:
        """How many statements are planned alike on both sides."""
        found = self.calibration
        because = ""
        if self.differing:
            because = f"{len(self.differing)} are planned otherwise there: {'; '.join(self.reasons) or UNKNOWN}"
        return Coverage(
            what="statements that target and shadow plan alike",
            examined=found.same_plan,
            total=found.compared,
            because=because,
            hints=True,
        )


def trust(target: Target, shadow: Copy, statements: Iterable[Statement], names: Names) -> Trust:
    """Plans the statements on both sides, as far as the target may be asked: SELECTs that its guard lets through."""
    texts: dict[str, str] = {}
    for statement in list(statements)[:MOST]:
        try:
            if sql.kind(statement.text) == "select_stmt":
                texts[usage.qualified(statement.text, names)] = statement.fingerprint
        except sql.Unreadable:
            continue
    found = calibrate(target, shadow.database, texts)
    return Trust(
        calibration=found,
        differing=frozenset(texts[text] for text in found.differing),
        reasons=shadow.notes[:3] if found.differing else (),
    )
