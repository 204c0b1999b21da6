"""The stage of a rehearsal: a copy on which each migration is tried on clones, and then stays for the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

import psycopg

from dbengineer.tools.migrations import statements
from dbengineer.tools.migrations.clones import Clones
from dbengineer.tools.migrations.locks import STRENGTH
from dbengineer.tools.migrations.rehearsing import judging, leftovers, rows, sizes, trial
from dbengineer.tools.migrations.rehearsing.clients import Broken, Clients, Stall
from dbengineer.tools.migrations.rehearsing.legs import Legs, Scripted
from dbengineer.tools.migrations.rehearsing.scripts import Block
from dbengineer.tools.migrations.rehearsing.session import Ran, Session, apply
from dbengineer.tools.migrations.rehearsing.touched import tables, touched, with_rows
from dbengineer.tools.migrations.rehearsing.trial import Trial
from dbengineer.tools.migrations.rehearsing.verdict import Concern, Seen, Verdict
from dbengineer.tools.scratch.database import Database, quoted
from dbengineer.tools.scratch.server import Server

ROLES = "SELECT rolname::text AS name FROM pg_roles"
Watched = tuple[Sequence[Ran], tuple[Stall, ...], tuple[Broken, ...]]


class Stage:
    """A copy to rehearse on. `rows` says how many rows each table of the target has; without a target it is empty."""

    def __init__(self, server: Server, base: Database, rows: dict[str, int], say: Callable[[str], None]) -> None:
        self._base = base
        self._rows = rows
        self._say = say
        self._clones = Clones(server)
        self.notes: list[str] = []

    def rehearse(
        self, legs: Legs, probes: Sequence[str] = (), found: Sequence[Concern] = (), *, last: bool = True
    ) -> Verdict:
        """Tries one migration; unless it is the `last`, it stays on the copy for the next one to build on."""
        self._say(f"rehearsing {legs.name}: up, down, up again")
        verdict = self._verdict(legs, last)
        if verdict.reversibility == "failed" and trial.OF_ROWS.search(verdict.because):
            without = self._verdict(legs, last, empty=True)
            if without.reversibility != "failed":
                why = f"made-up rows are in its way ({verdict.because}); the target was asked whether its own are"
                note = Concern(level="note", rule="data", why=why)
                verdict = without.model_copy(update={"concerns": (*without.concerns, note)})
        if verdict.reversibility != "failed" and not last:
            legs.up(self._base)
        return verdict.model_copy(update={"probes": tuple(probes), "concerns": (*found, *verdict.concerns)})

    def _verdict(self, legs: Legs, last: bool, *, empty: bool = False) -> Verdict:
        known = judging.Known(tables=tables(self._base), rows=self._rows)
        with self._roles_kept(), self._clones.lend(self._base) as loan:
            tried = trial.go(legs, loan.database, self._rows, empty=empty)
            ran, stalls, broken = self._watched(tried, loan.database)
            seen = self._costed(tried, ran, loan.database, known.tables, last and not tried.up.error)
            traps = [] if tried.up.error else self._traps(legs, tried, loan.database)
        self.notes += tried.notes
        judged = [] if tried.up.error else judging.judge(seen, broken, known)
        return Verdict(
            name=legs.name,
            reversibility=tried.reversibility,
            because=tried.because,
            statements=tuple(seen),
            lost=tried.lost,
            written_since=tried.written_since,
            stalls=stalls,
            broken=() if tried.up.error else broken,
            concerns=(*tried.left, *traps, *judged, *_of_the_runner(legs)),
            before=tried.before.fingerprint,
            after=tried.after.fingerprint,
        )

    def _watched(self, tried: Trial, database: Database) -> Watched:
        """What was seen of SQL as it ran; what Alembic ran by itself is run once more, watched and with clients."""
        if tried.up.ran or not tried.up.blocks:
            return tried.up.ran, tried.stalls, tried.broken
        names = touched(self._base, tried.up.blocks)
        with self._room(tried, database, last=False) as room:
            rows.fill(room, sizes.SMALL, only=self._with_rows(tried), sizes=self._rows, anew=True)
            clients = Clients(room, [n for n in names if n in tables(room)])
            ran = run(room, tried.up.blocks)
            stalls, broken = clients.end()
        return ran, stalls, broken

    def _costed(
        self, tried: Trial, small: Sequence[Ran], database: Database, known: frozenset[str], last: bool
    ) -> list[Seen]:
        """The statements with what they cost at the target's size, from another run where that grows."""
        subjects = [_grows(r, known) for r in small]
        large: Sequence[Ran] = ()
        if any(subjects) and not tried.up.error:
            self._say("measuring what grows with the table")
            with self._room(tried, database, last=last) as room:
                rows.fill(room, sizes.LARGE, only=self._with_rows(tried), sizes=self._rows, anew=True)
                large = run(room, tried.up.blocks)
        estimates = sizes.estimates(small, large, self._rows, subjects)
        return [_seen(r, e) for r, e in zip(small, estimates, strict=True)]

    def _with_rows(self, tried: Trial) -> list[str]:
        return with_rows(self._base, tried.up.blocks) or ["none"]

    @contextmanager
    def _room(self, tried: Trial, database: Database, *, last: bool) -> Iterator[Database]:
        """A copy as it was before the migration: the same one where the way back led there, else another clone."""
        if tried.clean:
            yield database
            apply(database, tried.down.blocks)
        elif last:
            yield self._base  # nobody needs it any more
        else:
            with self._roles_kept(), self._clones.lend(self._base) as loan:
                yield loan.database

    def _traps(self, legs: Legs, tried: Trial, database: Database) -> list[Concern]:
        at_once = isinstance(legs, Scripted) and not legs.migration.separate
        if not leftovers.tempting(tried.up.blocks, at_once):
            return []
        if tried.clean:
            apply(database, tried.up.blocks)
        return leftovers.traps(database, tried.up.blocks, at_once)

    @contextmanager
    def _roles_kept(self) -> Iterator[None]:
        """Roles belong to the whole server: those that a migration made go with the clone."""
        before = {row["name"] for row in self._base.query(ROLES)}
        yield
        for row in self._base.query(ROLES):
            if row["name"] not in before:
                with suppress(psycopg.Error):
                    self._base.script(f"DROP ROLE IF EXISTS {quoted(row['name'])}")


def run(database: Database, blocks: Iterable[Block]) -> tuple[Ran, ...]:
    """Runs transactions on a copy in a session of its own, watched."""
    session = Session(database)
    try:
        return session.run_all(blocks)
    finally:
        session.close()


def _of_the_runner(legs: Legs) -> list[Concern]:
    found = [Concern(level="finding", rule="runner", why=trap) for trap in legs.traps]
    return found + [Concern(level="note", rule="runner", why=note) for note in legs.notes]


def _grows(ran: Ran, known: frozenset[str]) -> str:
    """The table on which a statement does work that grows with it; empty where it costs the same at every size."""
    kind = statements.kind(ran.step.statement)
    if kind == "truncate_stmt":
        return ""
    found = [w.partition(": ")[2] for w in ran.step.work] + list(ran.step.rewrites)
    if kind in statements.CHANGES_ROWS or kind in ("insert_stmt", "do_stmt", "select_stmt"):
        locked = (*ran.step.locks, *ran.held)
        found += [h.relation for h in locked if STRENGTH[h.mode] >= STRENGTH["RowExclusiveLock"]]
    return next((name for name in found if name in known), "")


def _seen(ran: Ran, estimate: sizes.Estimate | None) -> Seen:
    step = ran.step.model_dump(include=set(Seen.model_fields))
    return Seen.model_validate(
        {**step, "transaction": ran.transaction, "held": ran.held, "bounded": ran.bounded, "estimate": estimate}
    )
