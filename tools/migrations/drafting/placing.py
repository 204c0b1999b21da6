"""Where drafts are written: a folder of their own, and a project that is there already."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dbengineer.tools.migrations import alembic, flyway
from dbengineer.tools.migrations.draft import Unit
from dbengineer.tools.migrations.rehearsing import sources
from dbengineer.tools.migrations.rehearsing.revisions import Project
from dbengineer.tools.migrations.rehearsing.scripts import BadMigration
from dbengineer.tools.scratch.database import Database


def folder(units: Sequence[Unit], readme: str) -> dict[str, str]:
    """Both kinds of migration by path, with the page that says in which order and what to look out for."""
    found = {"README.md": readme}
    found |= {f"alembic/{path}": text for path, text in alembic.project(units).items()}
    found |= {f"flyway/{path}": text for path, text in flyway.scripts(units).items()}
    found |= {f"flyway_rollback/{path}": text for path, text in flyway.rollback(units, len(units) + 1).items()}
    return found


def write(root: Path, files: dict[str, str]) -> None:
    """Writes files below a folder; one that is there is never written over (BadMigration)."""
    if there := [path for path in files if (root / path).exists()]:
        raise BadMigration(f"{root / there[0]} is there already; name an empty folder with --out, or remove it")
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def into_alembic(units: Sequence[Unit], ini: Path, scratch: Database, python: str) -> dict[Path, str]:
    """The revisions as files of a user's project, after its one head; raises BadMigration where it has several."""
    project = Project(ini, scratch, python)
    try:
        head = project.head() if project.revisions else None
        known = {r.id for r in project.revisions}
        versions = project.folder
    finally:
        project.close()
    made = alembic.revisions(units, head)
    if twins := [revision for revision, _ in made if revision in known]:
        raise BadMigration(f"{ini} has revision {twins[0]} already: this draft was written into it before")
    pairs = zip(units, made, strict=True)
    return {versions / f"{revision}_{unit.slug}.py": text for unit, (revision, text) in pairs}


def into_flyway(units: Sequence[Unit], where: Path) -> dict[Path, str]:
    """The scripts as files of a user's folder, numbered on from its newest version."""
    names = [p.name for p in where.rglob("*.sql")]
    versions = [sources.version(name) for name in names]
    newest = max((v[0] for v in versions if v), default=0)
    moved = [
        u.model_copy(
            update={
                "number": u.number + newest,
                "undone_with": u.undone_with + newest if u.undone_with else None,
            }
        )
        for u in units
    ]
    scripts = flyway.scripts(moved)
    return {where / path: text for path, text in scripts.items() if path != "flyway.conf"}


def place(root: Path, files: dict[Path, str]) -> None:
    """Writes files into a project; one that is there is never written over (BadMigration)."""
    write(root, {str(path): text for path, text in files.items()})
