"""Rehearsal of a change on a copy: up, down and up again, every statement watched."""

from __future__ import annotations

from typing import Literal

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations import statements
from dbengineer.tools.migrations.running import Runner, Step
from dbengineer.tools.schema.fingerprint import Snapshot, roles, snapshot
from dbengineer.tools.scratch.database import Database

Reversibility = Literal["exact", "lossy", "irreversible", "failed"]

STORED = """
SELECT c.oid::int8 AS oid, a.attnum AS number, format('%I.%I.%I', n.nspname, c.relname, a.attname) AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_(toast|temp)'"""

LEFT = ("schema as it was left",)
OF_ROLES = ("role ", "member ")

Stored = dict[tuple[int, int], str]


class Rehearsal(Fact):
    """What going up, down and up again has shown.

    `exact`: the way back restores the schema and no row loses anything. `lossy`: it restores the schema, not the data
    named in `lost`. `irreversible`: it does not restore the schema. `failed`: the change itself cannot be made.
    `written_since` names the columns that the way back drops, with what was written into them in between.
    """

    reversibility: Reversibility
    because: str
    up: tuple[Step, ...]
    down: tuple[Step, ...] = ()
    again: tuple[Step, ...] = ()
    before: str
    after: str
    restored: str = ""
    repeated: str = ""
    lost: tuple[str, ...] = ()
    written_since: tuple[str, ...] = ()

    @property
    def error(self) -> str:
        """The server's words about the statement that failed, if one did."""
        return next((f"{s.statement}: {s.error}" for s in (*self.up, *self.down, *self.again) if s.error), "")


class Left(Fact):
    """What a rehearsal left behind: whether the copy is as it was, rows and all, and whether the roles are."""

    as_it_was: bool
    roles: bool


class Rehearsing:
    """A rehearsal that stops after each leg, so that somebody can look at the copy in between."""

    def __init__(self, database: Database, up: str, down: str) -> None:
        self._sql = {"up": statements.split(up), "down": statements.split(down)}
        self._runner = Runner(database)
        self._memory = database.memory
        self._before = self._left() or self._look()
        self._stored = self._columns()
        self._legs: dict[str, tuple[Step, ...]] = {}
        self._shots: dict[str, Snapshot] = {}
        self._lost: dict[str, tuple[str, ...]] = {}

    def close(self) -> None:
        """Ends the sessions."""
        self._runner.close()

    def leg(self, name: Literal["up", "down", "again"]) -> bool:
        """Runs one leg, statement by statement; whether all of it went well."""
        steps = []
        for statement in self._sql["down" if name == "down" else "up"]:
            steps.append(self._runner.run(statement))
            if steps[-1].error:
                break
        self._legs[name] = tuple(steps)
        self._shots[name] = self._look()
        stored = self._columns()
        self._lost[name] = tuple(sorted(c for key, c in self._stored.items() if key not in stored))
        self._stored = stored
        return not any(step.error for step in steps)

    def result(self) -> Rehearsal:
        """What all the legs together have shown."""
        verdict, because = self._verdict()
        shots = {name: shot.fingerprint for name, shot in self._shots.items()}
        return Rehearsal(
            reversibility=verdict,
            because=because,
            up=self._legs["up"],
            down=self._legs.get("down", ()),
            again=self._legs.get("again", ()),
            before=self._before.fingerprint,
            after=shots["up"],
            restored=shots.get("down", ""),
            repeated=shots.get("again", ""),
            lost=self._lost["up"],
            written_since=self._lost.get("down", ()),
        )

    def leave(self) -> Left:
        """Takes the change back for the last time, as far as that goes, and says what is as it was before."""
        now = list(self._shots.values())[-1]
        if now != self._before:
            for statement in self._sql["down"]:
                self._runner.run(statement)
            now = self._look()
        written = any(step.rewrites for leg in self._legs.values() for step in leg)
        ran = (*self._sql["up"], *self._sql["down"])
        rows = self._lost.get("up") or any(statements.kind(s) in statements.CHANGES_ROWS for s in ran)
        as_it_was = now == self._before and not written and not rows
        if as_it_was:
            self._memory[LEFT] = now  # whoever gets this copy next need not look again
        return Left(as_it_was=as_it_was, roles=self._roles() <= now.lines)

    def _left(self) -> Snapshot | None:
        """The schema as the last rehearsal on this copy left it; roles are of the whole server, and looked at anew."""
        left: Snapshot | None = self._memory.pop(LEFT, None)
        if left is None:
            return None
        own = frozenset(line for line in left.lines if not line.startswith(OF_ROLES))
        return Snapshot(lines=own | roles(self._runner.observer).lines)

    def _roles(self) -> set[str]:
        """Who there was in the cluster, which outlives a copy that is thrown away."""
        return {line for line in self._before.lines if line.startswith(OF_ROLES)}

    def _verdict(self) -> tuple[Reversibility, str]:
        if error := _error(self._legs["up"]):
            return "failed", error
        if not self._sql["down"]:
            return "irreversible", "there is no way back"
        if error := _error(self._legs.get("down", ())):
            return "irreversible", f"the way back fails: {error}"
        if wrong := difference(self._before, self._shots["down"]):
            return "irreversible", f"the way back does not restore the schema: {wrong}"
        if error := _error(self._legs.get("again", ())):
            return "irreversible", f"the change cannot be made a second time: {error}"
        if wrong := difference(self._shots["up"], self._shots["again"]):
            return "irreversible", f"the second time leads to another schema: {wrong}"
        if self._lost["up"]:
            return "lossy", f"the data of {', '.join(self._lost['up'])} does not come back"
        if any(statements.kind(s) in statements.CHANGES_ROWS for s in self._sql["up"]):
            return "lossy", "rows are changed or removed and the way back does not know what they were"
        return "exact", "up, down and up again; the way back restores the schema exactly"

    def _look(self) -> Snapshot:
        return snapshot(self._runner.observer, roles=True)

    def _columns(self) -> Stored:
        return {(row["oid"], row["number"]): row["name"] for row in self._runner.observer.query(STORED)}


def rehearse(database: Database, up: str, down: str) -> Rehearsal:
    """Runs a change on a copy: up, down, up again; the copy is left with the change made."""
    rehearsing = Rehearsing(database, up, down)
    try:
        if rehearsing.leg("up") and down.strip() and rehearsing.leg("down"):
            rehearsing.leg("again")
        return rehearsing.result()
    finally:
        rehearsing.close()


def _error(steps: tuple[Step, ...]) -> str:
    return next((f"{s.error} ({s.statement})" for s in steps if s.error), "")


def difference(wanted: Snapshot, got: Snapshot) -> str:
    """What a schema lacks of the wanted one and has beyond it, in words; empty where it has and lacks nothing."""
    missing, extra = wanted.without(got), got.without(wanted)
    lines = [f"missing {line}" for line in missing] + [f"left over {line}" for line in extra]
    return "; ".join(line if len(line) < 200 else line[:200] + "…" for line in lines[:4])
