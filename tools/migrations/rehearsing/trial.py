"""Up, down and up again on one copy that holds rows: does it go, does it come back, what is lost on the way."""

from __future__ import annotations

import re

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations.rehearse import Reversibility, difference
from dbengineer.tools.migrations.rehearsing import leftovers, rows, sizes
from dbengineer.tools.migrations.rehearsing.clients import Broken, Clients, Stall
from dbengineer.tools.migrations.rehearsing.legs import Leg, Legs, Scripted
from dbengineer.tools.migrations.rehearsing.touched import MOST, tables, touched, with_rows
from dbengineer.tools.migrations.rehearsing.verdict import Concern
from dbengineer.tools.schema.fingerprint import Snapshot, snapshot
from dbengineer.tools.scratch.database import Database

FEW = 200
# What the server says when it is the rows that are in the way, and these were made up.
OF_ROWS = re.compile(
    r"is violated by some row|contains null values|could not create unique index|could not create exclusion|"
    r"violates|invalid input|out of range|value too long|numeric field overflow"
)
NOWHERE = Leg(blocks=())


class Trial(Fact):
    """What the ways have shown; `clean`: the copy is as it was before, and `down` is what led back there."""

    up: Leg
    down: Leg = NOWHERE
    reversibility: Reversibility
    because: str
    clean: bool = False
    lost: tuple[str, ...] = ()
    written_since: tuple[str, ...] = ()
    before: Snapshot
    after: Snapshot
    left: tuple[Concern, ...] = ()
    stalls: tuple[Stall, ...] = ()
    broken: tuple[Broken, ...] = ()
    notes: tuple[str, ...] = ()


def go(legs: Legs, database: Database, known: dict[str, int], *, empty: bool = False) -> Trial:
    """Goes all the ways; `known` says how many rows each table of the target has; `empty`: without made-up rows."""
    notes, names = _rows(legs, database, known) if not empty else ([], [])
    before, digests = snapshot(database, roles=True), rows.digests(database)
    clients = Clients(database, names)
    up = legs.up(database)
    stalls, broken = clients.end()
    after = snapshot(database, roles=True)
    seen = {"up": up, "before": before, "after": after, "stalls": stalls, "broken": broken, "notes": tuple(notes)}
    if up.error:
        left = leftovers.after_failure(legs, database, up, before, after)
        because = f"{up.error} ({' '.join(up.failed.split())[:200]})" if up.failed else up.error
        return Trial.model_validate({**seen, "reversibility": "failed", "because": because, "left": left})
    left = leftovers.invalid(database)
    if not legs.reversible:
        return Trial.model_validate(
            {**seen, "reversibility": "irreversible", "because": "there is no way back", "left": left}
        )
    written = rows.digests(database).keys() - digests.keys()
    back = _back(legs, database, before, after, digests)
    if back["reversibility"] == "irreversible":
        left.append(Concern(level="finding", rule="irreversible", why=str(back["because"])))
    else:
        back["written_since"] = tuple(sorted(c for c in written if not c.endswith(" rows")))
    return Trial.model_validate({**seen, **back, "left": left})


def _rows(legs: Legs, database: Database, known: dict[str, int]) -> tuple[list[str], list[str]]:
    """Made-up rows: many where a migration is known to work, few elsewhere; gives back notes and the former tables."""
    every = tables(database)
    names = touched(database, legs.migration.up) if isinstance(legs, Scripted) else []
    full = with_rows(database, legs.migration.up) if isinstance(legs, Scripted) else []
    notes = rows.fill(database, sizes.SMALL, only=full, sizes=known) if full else []
    if not names and len(every) <= MOST:
        notes += rows.fill(database, FEW, sizes=known)
    return notes, names


def _back(
    legs: Legs, database: Database, before: Snapshot, after: Snapshot, digests: rows.Digests
) -> dict[str, object]:
    down = legs.down(database)
    if down.error:
        because = f"the way back fails: {down.error} ({' '.join(down.failed.split())[:200]})"
        return {"reversibility": "irreversible", "because": because}
    restored, now = snapshot(database, roles=True), rows.digests(database)
    if wrong := difference(before, restored):
        because = f"the way back does not restore the schema: {wrong}"
        return {"reversibility": "irreversible", "because": because}
    again = legs.up(database)
    if again.error:
        return {"reversibility": "irreversible", "because": f"the change cannot be made a second time: {again.error}"}
    if wrong := difference(after, snapshot(database, roles=True)):
        return {"reversibility": "irreversible", "because": f"the second time leads to another schema: {wrong}"}
    clean = not legs.down(database).error
    lost = tuple(sorted(c for c, digest in digests.items() if now.get(c) != digest))
    kind = "lossy" if lost else "exact"
    because = f"the data of {', '.join(lost[:6])} does not come back" if lost else ""
    because = because or "up, down and up again: the way back restores the schema exactly and no row lost anything"
    return {"reversibility": kind, "because": because, "lost": lost, "clean": clean, "down": down}
