"""Drafts every kind of change, runs the drafts as Alembic and as Flyway would, and prints what came of it.

python -m dbengineer.evals.drafting.run [words of a kind]
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations import alembic
from dbengineer.tools.migrations.drafting import compare, units
from dbengineer.tools.migrations.rehearse import difference
from dbengineer.tools.migrations.rehearsing.legs import Scripted
from dbengineer.tools.migrations.rehearsing.revisions import Project
from dbengineer.tools.migrations.rehearsing.scripts import Migration
from dbengineer.tools.migrations.rehearsing.stage import Stage
from dbengineer.tools.schema.fingerprint import snapshot
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server

FOLDER = Path(__file__).parent


class Outcome(Fact):
    """What became of one kind: `reached` and `back` by SQL, `alembic` by the rendered revisions."""

    kind: str
    reached: bool
    back: str
    findings: tuple[str, ...] = ()
    alembic: str = ""
    why: str = ""


def cases() -> list[dict[str, Any]]:
    """The kinds of change."""
    found: list[dict[str, Any]] = yaml.safe_load((FOLDER / "cases.yaml").read_text(encoding="utf-8"))
    return found


def schemas(case: dict[str, Any]) -> tuple[str, str]:
    """The schema before and after as SQL; a replacement that fits nowhere, or twice, is a ValueError."""
    before = after = (FOLDER / "before.sql").read_text(encoding="utf-8")
    for old, new in case.get("replace", {}).items():
        if after.count(old) != 1:
            raise ValueError(f"{case['kind']}: {old!r} is {after.count(old)} times in the schema")
        after = after.replace(old, new)
    return before, f"{case.get('first', '')}\n{after}\n{case.get('add', '')}"


def attempt(server: Server, case: dict[str, Any], *, by_alembic: bool = False) -> Outcome:
    """Drafts one kind of change and rehearses the draft."""
    before, after = schemas(case)
    there, wanted, working = (server.create(f"draft_{name}") for name in ("there", "wanted", "working"))
    try:
        there.script(before)
        working.script(before)
        wanted.script(after)
        return _attempt(server, case["kind"], (there, wanted, working), by_alembic)
    finally:
        for database in (there, wanted, working):
            database.close()
            server.drop(database.name)


def _attempt(server: Server, kind: str, databases: tuple[Database, ...], by_alembic: bool) -> Outcome:
    there, wanted, working = databases
    drafted = compare.drafted(working, wanted, there.version)
    if drafted.failed or drafted.remaining:
        return Outcome(kind=kind, reached=False, back="", why=drafted.failed or drafted.remaining)
    parts = tuple(p for d in drafted.drafts for p in d.parts)
    told = _by_alembic(units.of(drafted.drafts), there, wanted) if by_alembic else ""
    migration = Migration(name=kind, up=compare.blocks(parts, "up"), down=compare.blocks(parts, "down"))
    verdict = Stage(server, there, {}, lambda text: None).rehearse(Scripted(migration))
    rules = tuple(dict.fromkeys(c.rule for c in verdict.findings))
    return Outcome(
        kind=kind, reached=True, back=verdict.reversibility, findings=rules, alembic=told, why=verdict.because
    )


def _by_alembic(drafted: Sequence[Any], there: Database, wanted: Database) -> str:
    """Up, down and up again by the rendered project itself: "exact", or what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in alembic.project(drafted).items():
            file = Path(folder) / path
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        before = snapshot(there)
        project = Project(Path(folder) / "alembic.ini", there)
        try:
            for way, to, shape in (("upgrade", "head", snapshot(wanted)), ("downgrade", "base", before)) * 2:
                if error := project.go(way, to, there).error:
                    return f"{way}: {error}"
                if wrong := _differs(shape, there):
                    return f"{way}: {wrong}"
        finally:
            project.close()
            there.script("DROP TABLE IF EXISTS dbengineer_version")
    return "exact"


def _differs(shape: Any, database: Database) -> str:
    now = snapshot(database)
    lines = frozenset(line for line in now.lines if "dbengineer_version" not in line)
    return difference(shape, now.model_copy(update={"lines": lines}))


def main() -> None:
    """Prints a line for each kind, and how many reach the schema and come back."""
    words = " ".join(sys.argv[1:])
    chosen = [c for c in cases() if words in c["kind"]]
    with Server.start() as server:
        outcomes = []
        for case in chosen:
            one = attempt(server, case, by_alembic=True)
            outcomes.append(one)
            reached = "reached" if one.reached else "MISSED"
            print(f"{one.kind:40} {reached:8} {one.back:13} alembic {one.alembic:8} {', '.join(one.findings)}")
            if not one.reached or one.back not in ("exact", "lossy") or one.alembic != "exact":
                print(f"    {one.why} | {one.alembic}")
    arrived = sum(o.reached for o in outcomes)
    exact = sum(o.back == "exact" for o in outcomes)
    lossy = sum(o.back == "lossy" for o in outcomes)
    rendered = sum(o.alembic == "exact" for o in outcomes)
    print(
        f"{arrived}/{len(outcomes)} reach the schema; the way back is exact for {exact} and lossy for {lossy}; "
        f"the Alembic revisions alone are exact for {rendered}"
    )


if __name__ == "__main__":
    main()
