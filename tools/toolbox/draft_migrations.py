"""Draft accepted changes as migration files for Alembic and Flyway, with their way back."""

from __future__ import annotations

from dbengineer.tools.facts import Fact, Recommendation, Result
from dbengineer.tools.migrations import draft, locks
from dbengineer.tools.migrations.locks import Held
from dbengineer.tools.workbench import Workbench

effect = "draft"

TITLES = {"README.md": "How to run the migrations", "settings.sql": "Settings", "access.sql": "Roles of the cluster"}


class Args(Fact):
    """The changes that were accepted, in the order in which they are to be made, and those that wait for a person."""

    recommendations: tuple[Recommendation, ...]
    waiting: tuple[Recommendation, ...] = ()


def run(bench: Workbench, args: Args) -> Result:
    """Writes the files; the locks in them are those that were seen when the changes were proven."""
    files = draft.files(args.recommendations, seen_locks(bench))
    files |= {f"migrations/waiting/{r.id}.sql": draft.waiting(r) for r in args.waiting}
    artefacts = tuple(bench.write(path, text, _title(path), "migrations") for path, text in files.items())
    revisions = sum("/versions/" in path for path in files)
    evidence = tuple(dict.fromkeys(e for r in args.recommendations for e in r.evidence))
    return Result(
        summary=f"{revisions} migrations drafted for Alembic and Flyway", artefacts=artefacts, evidence=evidence
    )


def seen_locks(bench: Workbench) -> dict[str, list[str]]:
    """What each statement was seen to lock and to do in a rehearsal, in words at the target's size."""
    found: dict[str, list[str]] = {}
    for evidence in bench.ledger:
        for step in evidence.saw.get("up", ()) if evidence.where == "scratch" else ():
            held = [locks.described(Held.model_validate(lock)) for lock in step["locks"][:3]]
            found[step["statement"]] = held + [locks.at_size(w, bench.schema) for w in step["work"]]
    return found


def _title(path: str) -> str:
    return TITLES.get(path.rsplit("/", 1)[-1], path.rsplit("/", 1)[-1])
