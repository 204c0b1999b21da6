"""A rehearsal from end to end: what was given is read, the copy is brought to where it starts, each migration tried."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations.probes import probes
from dbengineer.tools.migrations.rehearsing import history, sources
from dbengineer.tools.migrations.rehearsing.legs import Legs, Scripted
from dbengineer.tools.migrations.rehearsing.revisions import Project, Revised, pending
from dbengineer.tools.migrations.rehearsing.scripts import BadMigration, Migration
from dbengineer.tools.migrations.rehearsing.session import apply
from dbengineer.tools.migrations.rehearsing.stage import Stage
from dbengineer.tools.migrations.rehearsing.verdict import Concern, Report, Verdict
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import TargetError

if TYPE_CHECKING:
    from dbengineer.tools.workbench import Workbench

Say = Callable[[str], None]


class Wanted(Fact):
    """What to rehearse: files, a folder or an alembic.ini; `down` is the way back of a single file."""

    paths: tuple[Path, ...]
    down: Path | None = None
    python: str = sys.executable

    @property
    def ini(self) -> Path | None:
        """The alembic.ini, where one was named or lies in the folder that was."""
        if len(self.paths) != 1:
            return None
        path = self.paths[0]
        inside = path / "alembic.ini"
        return path if path.suffix == ".ini" and path.is_file() else inside if inside.is_file() else None


def on_target(bench: Workbench, wanted: Wanted) -> Report:
    """Rehearses what the target lacks on a copy of its schema, with its sizes known; raises BadMigration.

    The target itself is only read: which migrations it has, how large its tables are, which rows are in the way.
    """
    started = time.perf_counter()
    given = _read(wanted)
    copy = bench.rehearsal
    notes = [*copy.notes, *([copy.coverage.because] if copy.coverage.because else [])]
    rows = {t.qualified: t.rows for t in bench.schema.tables}
    stage = Stage(bench.scratch, copy.database, rows, bench.progress)
    with _legs(given, wanted, copy.database, bench) as (legs, before):
        verdicts = list(_each(stage, legs, bench))
    sizes = f"sizes are those of {bench.target.database}"
    return Report(
        verdicts=tuple(verdicts),
        applied_before=before,
        sizes=sizes,
        notes=tuple(dict.fromkeys([*notes, *stage.notes])),
        took_s=round(time.perf_counter() - started, 2),
    )


def on_empty(server: Server, wanted: Wanted, say: Say) -> Report:
    """Rehearses the last migration on an empty database to which all before it were applied; raises BadMigration."""
    started = time.perf_counter()
    given = _read(wanted)
    base = server.create("rehearsed")
    try:
        stage = Stage(server, base, {}, say)
        with _legs(given, wanted, base, None) as (legs, before):
            verdicts = list(_each(stage, legs, None))
    finally:
        base.close()
        server.drop("rehearsed")
    return Report(
        verdicts=tuple(verdicts),
        applied_before=before,
        sizes="no target was named: every table may be large; costs are for a million rows",
        notes=tuple(dict.fromkeys(stage.notes)),
        took_s=round(time.perf_counter() - started, 2),
    )


def _read(wanted: Wanted) -> sources.Source | None:
    """The SQL that was given, before anything is started; nothing where it is an Alembic project."""
    return None if wanted.ini else sources.read(wanted.paths, wanted.down)


def _each(stage: Stage, legs: Sequence[Legs], bench: Workbench | None) -> Iterator[Verdict]:
    for number, one in enumerate(legs, 1):
        said, found = asked(bench, one) if bench else ([], [])
        verdict = stage.rehearse(one, said, found, last=number == len(legs))
        yield verdict
        if verdict.reversibility == "failed":
            return


@contextmanager
def _legs(
    given: sources.Source | None, wanted: Wanted, base: Database, bench: Workbench | None
) -> Iterator[tuple[list[Legs], int]]:
    """What is to be rehearsed on the base, after what comes before it was applied there, and how many those were."""
    if given is None:
        assert wanted.ini is not None
        project = Project(wanted.ini, base, wanted.python)
        try:
            yield _revisions(project, base, bench)
        finally:
            project.close()
        return
    todo, before = _scripts(given, wanted, bench)
    for migration in before:
        if failed := apply(base, migration.up):
            raise BadMigration(f"{migration.name}, which comes before, does not run on an empty database: {failed}")
    yield [Scripted(m) for m in todo], len(before)


def _scripts(given: sources.Source, wanted: Wanted, bench: Workbench | None) -> tuple[list[Migration], list[Migration]]:
    if bench is None:
        return list(given.migrations), list(given.earlier)
    every = [*given.earlier, *given.migrations]
    done = history.flyway(bench.target) if given.flyway else None
    if not wanted.paths[0].is_dir():
        return list(given.migrations), []
    if done is None:
        return list(given.migrations), []  # nobody knows what the others have become there
    lacking = [m for m in every if sources.version(m.name) not in done]
    if len(lacking) > sources.MOST:
        raise BadMigration(f"{len(lacking)} migrations are not applied yet; name at most {sources.MOST} files at once")
    if not lacking:
        raise BadMigration(
            f"{bench.target.database} has all migrations of {wanted.paths[0]}; there is none to rehearse"
        )
    return lacking, []


def _revisions(project: Project, base: Database, bench: Workbench | None) -> tuple[list[Legs], int]:
    head = project.head()
    applied = history.alembic(bench.target, base) if bench else []
    lacking = pending(project, applied)
    if not lacking:
        raise BadMigration(f"the database is at {head}, the head of {project.ini}; there is no revision to rehearse")
    if bench is None or not applied:
        _go(project, "stamp", "base", base)
    if bench is None:
        done, lacking = lacking[:-1], lacking[-1:]
        if done:
            _go(project, "upgrade", "+".join(lacking[0].down) or "base", base)
    if len(lacking) > sources.MOST:
        raise BadMigration(f"{len(lacking)} revisions are not applied yet; rehearse at most {sources.MOST} at once")
    return [Revised(project, r) for r in lacking], len(project.revisions) - len(lacking)


def _go(project: Project, way: str, to: str, base: Database) -> None:
    base.close()
    try:
        leg = project.go(way, to, base)
    finally:
        base.connection = Database(base.name, base.conninfo).connection
    if leg.error:
        raise BadMigration(f"{project.ini}: the revisions before do not run on an empty database: {leg.error}")


def asked(bench: Workbench, legs: Legs) -> tuple[list[str], list[Concern]]:
    """What the rows of the target say to a change, asked read only before anything is tried."""
    if not isinstance(legs, Scripted):
        return [], []
    said: list[str] = []
    found: list[Concern] = []
    for probe in probes(";\n".join(legs.migration.statements), bench.schema):
        if not probe.sql:
            said.append(f"only a copy with rows can tell whether there are {probe.asks}")
            continue
        try:
            count = int(bench.target.query(probe.sql)[0]["rows"])
        except (psycopg.Error, TargetError) as error:
            said.append(f"the target refused to count {probe.asks} ({type(error).__name__})")
            continue
        said.append(f"{count:,} {probe.asks}")
        if count:
            more = "+" if count >= 1000 else ""
            why = f"rows are in the way: {count:,}{more} {probe.asks}"
            found.append(Concern(level="finding", rule="data", why=why))
    return said, found
