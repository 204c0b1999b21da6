"""How a change is tried: on a clone, up, down and up again, with the checks that it answers asked in between."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from dbengineer.tools import checking
from dbengineer.tools.facts import Fact, Proof, Recommendation
from dbengineer.tools.migrations import statements
from dbengineer.tools.migrations.rehearse import Left, Rehearsal, Rehearsing
from dbengineer.tools.migrations.running import words
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.workbench import Workbench


class Trial(Fact):
    """What a rehearsal on one copy has shown: which checks fired before the change and which still do after it."""

    rehearsal: Rehearsal
    fired: tuple[str, ...]
    still: tuple[str, ...]
    evidence: str

    @property
    def fault(self) -> str:
        """Why the change is no good, or nothing."""
        if self.rehearsal.reversibility == "failed":
            return f"PostgreSQL refuses it: {self.rehearsal.because}"
        if self.still:
            return f"it does not help: {', '.join(self.still)} still fire after the change"
        if self.rehearsal.reversibility == "irreversible" and self.rehearsal.down:
            return self.rehearsal.because
        return ""


def on_a_clone(bench: Workbench, source: Database, recommendation: Recommendation) -> Trial:
    """Tries a change on a clone of a copy and records what it showed."""
    with bench.clones.lend(source) as loan:
        tried, left = _trial(bench, loan.database, recommendation)
        loan.as_it_was = left.as_it_was
        return tried


def _trial(bench: Workbench, database: Database, recommendation: Recommendation) -> tuple[Trial, Left]:
    started = time.perf_counter()
    with _rehearsing(database, recommendation) as rehearsing, asking(database) as asker:
        fired = tuple(s for s in recommendation.solves if fires(asker, s))
        went_up = rehearsing.leg("up")
        still = tuple(s for s in fired if went_up and fires(asker, s))
        if went_up and recommendation.undo.strip() and rehearsing.leg("down"):
            rehearsing.leg("again")
        rehearsal = rehearsing.result()
        left = rehearsing.leave()
    saw: dict[str, Any] = {**rehearsal.model_dump(), "fired_before": fired, "still_fires": still}
    if not left.roles:
        saw["roles_left_changed"] = "the roles of the scratch server are not as they were before this trial"
    ran = f"{recommendation.sql}\n-- way back\n{recommendation.undo}"
    took = (time.perf_counter() - started) * 1000
    evidence = bench.ledger.record(f"prove {recommendation.kind}", "scratch", ran, saw, took)
    return Trial(rehearsal=rehearsal, fired=fired, still=still, evidence=evidence.id), left


def verdict(recommendation: Recommendation, trials: list[Trial], *others: str) -> Proof:
    """The proof that trials amount to when nothing spoke against the change; `others` is further evidence."""
    shown = trials[0].rehearsal
    evidence = (*(t.evidence for t in trials), *others)
    if not recommendation.undo.strip() and not statements.maintains(recommendation.sql):
        reason = "it can be made, but there is no way back"
        return Proof(recommendation=recommendation.id, verdict="unproven", reason=reason, evidence=evidence)
    fired = tuple(dict.fromkeys(s for t in trials for s in t.fired))
    silent = [s for s in recommendation.solves if not s.startswith("statement:") and s not in fired]
    back = _way_back(shown) if recommendation.undo.strip() else "it runs, and changes nothing that had to be taken back"
    parts = [f"silences {', '.join(fired)}" if fired else "", back, _unseen(silent)]
    reason = "; ".join(part for part in parts if part)
    return Proof(recommendation=recommendation.id, verdict="proven", reason=reason, evidence=evidence)


def refuted(recommendation: Recommendation, trial: Trial, fault: str) -> Proof:
    """The proof that a change is no good."""
    return Proof(recommendation=recommendation.id, verdict="refuted", reason=fault, evidence=(trial.evidence,))


def fires(asker: Database, solved: str) -> bool:
    """Whether the check of "check:object" finds that object in a copy; what cannot be asked does not fire."""
    name, _, thing = solved.partition(":")
    check = checking.all_checks().get(name)
    sql = check.query_for(asker.version) if check else None
    if not sql:
        return False
    try:
        return any(row["object"] == thing for row in asker.query(sql))
    except psycopg.Error:
        return False


@contextmanager
def asking(database: Database) -> Iterator[Database]:
    """A second session, which spells names as the target's does."""
    asker = Database(database.name, database.conninfo)
    try:
        asker.script("SET search_path = pg_catalog; SET default_transaction_read_only = on")
        yield asker
    finally:
        asker.close()


def refusal(error: psycopg.Error) -> str:
    """The server's words, without the values of any row."""
    return words(error)


@contextmanager
def _rehearsing(database: Database, recommendation: Recommendation) -> Iterator[Rehearsing]:
    rehearsing = Rehearsing(database, recommendation.sql, recommendation.undo)
    try:
        yield rehearsing
    finally:
        rehearsing.close()


def _way_back(shown: Rehearsal) -> str:
    if shown.reversibility == "lossy":
        return f"made, taken back and made again, with loss: {shown.because}"
    since = (
        f"; the way back drops what was written into {', '.join(shown.written_since)}" if shown.written_since else ""
    )
    return f"made, taken back and made again, the schema restored exactly{since}"


def _unseen(silent: list[str]) -> str:
    if not silent:
        return ""
    return f"only its reversibility is proven as to {', '.join(silent)}, which does not fire on a copy"
