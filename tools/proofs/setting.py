"""A setting: accepted by a server of our own, loaded, and taken back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from dbengineer.tools.facts import Fact, Proof, Recommendation
from dbengineer.tools.migrations import statements
from dbengineer.tools.proofs import _change
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.errors import ScratchError
from dbengineer.tools.workbench import Workbench

SETS = ("alter_system_stmt", "alter_database_set_stmt", "alter_role_set_stmt")
SETTINGS = "SELECT name, setting, unit, context, min_val, max_val FROM pg_settings WHERE name = ANY ({names})"
FILE = "SELECT name, setting, error FROM pg_file_settings WHERE sourcefile LIKE '%postgresql.auto.conf' ORDER BY seqno"


class Trial(Fact):
    """What a server of our own said to a setting."""

    refusal: str = ""
    contexts: dict[str, str] = {}
    fired: tuple[str, ...] = ()
    still: tuple[str, ...] = ()
    values: dict[str, str] = {}
    taken_back: bool = False

    @property
    def restart(self) -> list[str]:
        """The settings that only a restart puts into force."""
        return sorted(name for name, context in self.contexts.items() if context == "postmaster")


def prove(bench: Workbench, recommendation: Recommendation) -> Proof:
    """Asks the target whether it knows the setting, then tries it on a server that is thrown away."""
    changes = [c for s in statements.split(recommendation.sql) for c in _as_system(s)]
    if not changes:
        return _said(recommendation, "unproven", "there is no ALTER … SET in it", ())
    asked, known = _on_target(bench, sorted({name for name, _ in changes}))
    if missing := {name for name, _ in changes if "." not in name} - known:
        return _said(recommendation, "refuted", f"the target has no setting {', '.join(sorted(missing))}", (asked,))
    started = time.perf_counter()
    try:
        with _sandbox(bench) as database:
            trial = _tried(database, changes, recommendation)
    except psycopg.Error as error:
        reason = f"with it the session that tries it is ended or cannot work: {_change.refusal(error)}"
        return _said(recommendation, "unproven", reason, (asked,))
    took = (time.perf_counter() - started) * 1000
    ran = f"{recommendation.sql}\n-- way back\n{recommendation.undo}"
    evidence = (asked, bench.ledger.record("prove setting", "scratch", ran, trial.model_dump(), took).id)
    return _judged(bench, recommendation, trial, evidence)


def _judged(
    bench: Workbench,
    recommendation: Recommendation,
    trial: Trial,
    evidence: tuple[str, ...],
) -> Proof:
    if "unrecognized configuration parameter" in trial.refusal:
        reason = f"the scratch server is of another version or lacks an extension: {trial.refusal}"
        return _said(recommendation, "unproven", reason, evidence)
    if trial.refusal:
        return _said(recommendation, "refuted", f"PostgreSQL refuses it: {trial.refusal}", evidence)
    if trial.still and not trial.restart:
        return _said(recommendation, "refuted", f"{', '.join(trial.still)} still fire with the setting", evidence)
    if not trial.taken_back:
        verdict = "refuted" if recommendation.undo.strip() else "unproven"
        return _said(recommendation, verdict, "accepted, but the way back does not take it out again", evidence)
    if trial.restart and (words := _does_not_start(bench, trial.values)):
        reason = f"accepted, but a server of ours does not start with it, which may be for lack of memory here: {words}"
        return _said(recommendation, "unproven", reason, evidence)
    parts = ["the server accepts and loads it", "the way back takes it out again"]
    parts += [f"silences {', '.join(trial.fired)}"] if trial.fired and not trial.still else []
    parts += [f"{', '.join(trial.restart)} needs a restart"] if trial.restart else []
    return _said(recommendation, "proven", "; ".join(parts), evidence)


def _tried(database: Database, changes: list[tuple[str, str]], recommendation: Recommendation) -> Trial:
    before = database.query(FILE)
    with _change.asking(database) as asker:
        fired = tuple(s for s in recommendation.solves if _change.fires(asker, s))
    try:
        for _, statement in changes:
            database.script(statement)
    except psycopg.Error as error:
        return Trial(refusal=_change.refusal(error))
    _reload(database)
    contexts = {row["name"]: row["context"] for row in _settings(database, [name for name, _ in changes])}
    file = database.query(FILE)
    wrong = [f"{r['name']}: {r['error']}" for r in file if r["error"] and contexts.get(r["name"]) != "postmaster"]
    with _change.asking(database) as newcomer:  # some settings are only for sessions that begin after the change
        still = tuple(s for s in fired if _change.fires(newcomer, s))
    for undo in statements.split(recommendation.undo):
        for _, statement in _as_system(undo):
            database.script(statement)
    _reload(database)
    taken_back = bool(recommendation.undo.strip()) and database.query(FILE) == before
    values = {row["name"]: row["setting"] for row in file}
    return Trial(
        refusal="; ".join(wrong), contexts=contexts, fired=fired, still=still, values=values, taken_back=taken_back
    )


def _as_system(statement: str) -> Iterator[tuple[str, str]]:
    """The setting of an ALTER … SET or RESET, and the ALTER SYSTEM that says the same for the whole server."""
    import postgast

    kind, tree = statements.node(statement)
    if kind in SETS:
        carrier = postgast.parse("ALTER SYSTEM SET x = 1")
        carrier.stmts[0].stmt.alter_system_stmt.setstmt.CopyFrom(tree.setstmt)
        yield tree.setstmt.name, postgast.deparse(carrier)


def _on_target(bench: Workbench, names: list[str]) -> tuple[str, set[str]]:
    quoted = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
    sql = SETTINGS.format(names=f"ARRAY[{quoted}]")
    with bench.ledger.watch("prove setting", "target", sql) as seen:
        rows = bench.target.query(sql)
        seen.saw = {"settings": rows}
    return seen.id, {row["name"] for row in rows}


def _settings(database: Database, names: list[str]) -> list[dict[str, Any]]:
    return database.query(SETTINGS.format(names="%s"), [names])


def _reload(database: Database) -> None:
    """Loads the files again and waits for it, which the server does in its own time."""
    before = database.query("SELECT pg_conf_load_time() AS at")[0]["at"]
    database.query("SELECT pg_reload_conf()")
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and database.query("SELECT pg_conf_load_time() AS at")[0]["at"] == before:
        time.sleep(0.01)


@contextmanager
def _sandbox(bench: Workbench) -> Iterator[Database]:
    """The server whose settings may be changed, with none changed before or after."""
    database = bench.sandbox.database()
    try:
        yield database
    finally:
        database.close()
        try:
            _reset(bench.sandbox.database())
        except psycopg.Error:
            bench.sandbox.restart(forget=True)


def _reset(database: Database) -> None:
    try:
        database.script("ALTER SYSTEM RESET ALL")
        _reload(database)
    finally:
        database.close()


def _does_not_start(bench: Workbench, values: dict[str, str]) -> str:
    """Why a server does not start with the settings, or nothing."""
    try:
        bench.sandbox.restart(values)
    except ScratchError as error:
        return str(error).splitlines()[0][:300]
    finally:
        bench.sandbox.restart()
    return ""


def _said(recommendation: Recommendation, verdict: Any, reason: str, evidence: tuple[str, ...]) -> Proof:
    return Proof(recommendation=recommendation.id, verdict=verdict, reason=reason, evidence=evidence)
