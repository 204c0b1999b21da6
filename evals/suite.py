"""Running cases: the benchmark databases one after another, on each its review and its questions."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from dbengineer.agent import running
from dbengineer.agent.model import Model, Playbook
from dbengineer.agent.state import Made, Report, Request, State
from dbengineer.evals import models
from dbengineer.evals.cases import Case
from dbengineer.evals.demo import Demo
from dbengineer.evals.executing import Executed, execute
from dbengineer.evals.scorers import Score, scorers
from dbengineer.evals.seen import Seen, verdict
from dbengineer.tools.backups.drill import Protocol
from dbengineer.tools.facts import Fact
from dbengineer.tools.schema.fingerprint import snapshot
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Workbench

Say = Callable[[str], None]


class Scored(Fact):
    """A case with the scores of all scorers that have something to say of it."""

    case: str
    database: str
    why: str
    model: str
    seconds: float
    scores: tuple[Score, ...]


def run(
    cases: Sequence[Case], model: str = "none", *, scale: float = 1.0, say: Say = lambda said: None
) -> list[Scored]:
    """Every case with a model, by its name; a database is loaded once for all its cases."""
    ordered = sorted(cases, key=lambda c: (c.database, not c.is_review))
    found: list[Scored] = []
    for schema, same in itertools.groupby(ordered, key=lambda c: c.database):
        home = Path(tempfile.gettempdir()) / "dbengineer-demo"
        with Demo(schema, home=home, scale=scale, progress=say) as demo:
            found += [judged(seen(demo, case, model, say)) for case in same]
    order = {case.id: place for place, case in enumerate(cases)}
    return sorted(found, key=lambda s: order[s.case])


def judged(seen: Seen) -> Scored:
    """What the scorers say of what was seen."""
    said = [score for scorer in scorers().values() if (score := scorer.score(seen))]
    case = seen.case
    return Scored(
        case=case.id,
        database=case.database,
        why=case.why,
        model=seen.model,
        seconds=round(seen.seconds, 1),
        scores=tuple(said),
    )


def seen(demo: Demo, case: Case, model: str | Model, say: Say = lambda said: None) -> Seen:
    """One case, with a model or the name of one: its review or its answer, and what came of it."""
    sits = models.named(model, case.database) if isinstance(model, str) else model
    say(f"{case.id} ({sits.name})")
    if case.words and isinstance(sits, Playbook):
        return Seen(case=case, model=sits.name, seconds=0, evidence={})
    with tempfile.TemporaryDirectory(prefix="dbe-eval-") as out, closing(demo.administrator()) as admin:
        before = frozenset(_state(admin))
        bench = Workbench(Target.open(demo.url), Path(out), rows="copy", progress=say)
        try:
            found = _review(bench, case, sits) if case.is_review else _answer(bench, case, sits)
        finally:
            bench.close()
        changed = tuple(sorted(before ^ frozenset(_state(admin))))
    executed = _executed(demo, found.report) if found.report else Executed()
    return _with(found, changed, executed)


def _with(found: Seen, changed: tuple[str, ...], executed: Executed) -> Seen:
    from dataclasses import replace

    return replace(found, changed=changed, executed=executed)


def _review(bench: Workbench, case: Case, model: Model) -> Seen:
    began = time.monotonic()
    made: list[Made] = []

    def watch(state: State) -> None:
        made[:] = state.get("made", [])

    report = running.review(bench, Request(channel="eval", deliverables=case.deliverables), model, watch=watch)
    drill = bench.out / "backup" / "drill.json"
    return Seen(
        case=case,
        model=model.name,
        seconds=time.monotonic() - began,
        evidence={e.id: e for e in bench.ledger},
        made=tuple(made),
        report=report,
        drill=Protocol.model_validate_json(drill.read_text(encoding="utf-8")) if drill.is_file() else None,
    )


def _answer(bench: Workbench, case: Case, model: Model) -> Seen:
    began = time.monotonic()
    made: list[Made] = []
    request = Request(text=case.asks, channel="eval", deliverables=())
    said = running.ask(bench, request, model, lambda piece: None, watch=lambda s: made.extend(s.get("made", [])))
    evidence = {e.id: e for e in bench.ledger}
    took = time.monotonic() - began
    return Seen(case=case, model=model.name, seconds=took, evidence=evidence, made=tuple(made), answer=said)


def _executed(demo: Demo, report: Report) -> Executed:
    return execute(demo, report, [r for r in report.recommendations if verdict(report, r.id) == "proven"])


def _state(admin: Database) -> Iterator[str]:
    """What must not change: the schema with its roles, the settings, and how many rows each table has."""
    yield from snapshot(admin, roles=True).lines
    yield from (
        f"setting {r['line']}"
        for r in admin.query("SELECT concat_ws(' ', name, setting) AS line FROM pg_file_settings")
    )
    tables = admin.query(
        """SELECT format('%I.%I', n.nspname, c.relname) AS name
           FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
           WHERE relkind = 'r' AND nspname !~ '^pg_|^information_schema$'"""
    )
    for row in tables:
        rows = admin.query(f"SELECT count(*) AS rows FROM {row['name']}")
        yield f"rows {row['name']} {rows[0]['rows']}"
