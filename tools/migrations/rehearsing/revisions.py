"""The revisions of a user's Alembic project as migrations, run by Alembic itself in a process of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations.rehearsing.legs import Leg
from dbengineer.tools.migrations.rehearsing.scripts import BadMigration, Block
from dbengineer.tools.scratch.database import Database

RECORDER = Path(__file__).with_name("recorder.py")
ADDRESS = re.compile(r"^(?:postgres|postgresql)(\+\w+)?://", re.I)
OURS = re.compile(r"^(DBENGINEER_|PG)")


class Revision(Fact):
    """A revision, those it comes after, and what it says it does."""

    id: str
    down: tuple[str, ...]
    title: str
    path: Path


class Project:
    """An Alembic project in a process of its own, which knows the address of scratch databases only.

    `python` is the interpreter that has the project's own packages.
    """

    def __init__(self, ini: Path, database: Database, python: str = sys.executable) -> None:
        reading, self._writing = os.pipe()
        self.ini = ini
        self._process = subprocess.Popen(
            [python, str(RECORDER), ini.name, str(self._writing)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ini.resolve().parent,
            env=environment(dict(os.environ), database),
            pass_fds=[self._writing],
            text=True,
        )
        os.close(self._writing)
        self._answers = os.fdopen(reading)
        try:
            self._read()
        except BaseException:
            self.close()
            raise

    def _read(self) -> None:
        looked = self.ask({"do": "look"})
        if looked.get("error"):
            raise BadMigration(f"{self.ini}: Alembic cannot read the project ({_told(looked)})")
        self.heads: tuple[str, ...] = tuple(looked["heads"])
        self.folder = Path(looked["versions"])
        self.revisions = tuple(
            Revision(id=r["id"], down=_several(r["down"]), title=r["doc"], path=Path(r["path"]))
            for r in looked["revisions"]
        )

    def head(self) -> str:
        """The one head; raises BadMigration where there is none or more than one."""
        if not self.heads:
            raise BadMigration(f"{self.ini} has no revision yet; make one with: alembic revision")
        if len(self.heads) > 1:
            raise BadMigration(
                f"{self.ini} has {len(self.heads)} heads ({', '.join(self.heads)}), and none of them is the first; "
                f"join them with: alembic merge -m 'join' {' '.join(self.heads)}"
            )
        return self.heads[0]

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Asks the process for one thing; raises BadMigration where it has gone."""
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            line = self._answers.readline()
        except (BrokenPipeError, OSError):
            line = ""
        if not line:
            raise BadMigration(f"{self.ini}: the project's code ended the process; run `alembic history` to see why")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def go(self, way: str, to: str, database: Database) -> Leg:
        """Goes to a revision on a scratch database; `way` is upgrade, downgrade, stamp or offline."""
        parameters = {k: str(v) for k, v in conninfo_to_dict(database.conninfo).items()}
        named = {k: parameters[k] for k in ("host", "port", "user", "dbname")}
        answer = self.ask({"do": way, "to": to, "database": named})
        blocks = tuple(Block.model_validate(b) for b in answer.get("blocks", []) if b["statements"])
        error = _told(answer) if answer.get("error") else ""
        return Leg(blocks=blocks, error=error, failed=str(answer.get("failed", "")) if error else "")

    def close(self) -> None:
        """Ends the process."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answers.close()


class Revised:
    """One revision, up and down, by Alembic's own commands."""

    traps: tuple[str, ...] = ()

    def __init__(self, project: Project, revision: Revision) -> None:
        self._project = project
        self._revision = revision
        self.name = f"{revision.id} {revision.title}".strip()
        self.reversible = "def downgrade" in revision.path.read_text(encoding="utf-8")
        self.notes: tuple[str, ...] = ()

    def up(self, database: Database) -> Leg:
        """Upgrades to this revision."""
        leg = self._project.go("upgrade", self._revision.id, database)
        if not leg.error and not self.notes:
            self.notes = self._offline(database)
        return leg

    def down(self, database: Database) -> Leg:
        """Downgrades to the one before it."""
        if len(self._revision.down) > 1:
            return Leg(blocks=(), error="a merge of heads is taken back by alembic downgrade to one of them")
        return self._project.go("downgrade", self._revision.down[0] if self._revision.down else "base", database)

    def _offline(self, database: Database) -> tuple[str, ...]:
        """Whether `alembic upgrade --sql` can write this revision down: not where it reads rows."""
        span = f"{self._revision.down[0] if self._revision.down else 'base'}:{self._revision.id}"
        leg = self._project.go("offline", span, database)
        if not leg.error:
            return ("offline mode works: `alembic upgrade --sql` writes it as SQL",)
        return (f"offline mode (`alembic upgrade --sql`) does not work: it reads the database ({leg.error})",)


def environment(variables: dict[str, str], database: Database) -> dict[str, str]:
    """The variables for a user's code: whatever names a PostgreSQL names scratch, and nothing of ours is in it."""
    parameters = {k: str(v) for k, v in conninfo_to_dict(database.conninfo).items()}
    rest = "{user}@/{dbname}?host={host}&port={port}".format(**parameters)
    kept = {}
    for name, value in variables.items():
        if OURS.match(name):
            continue
        match = ADDRESS.match(value)
        kept[name] = f"postgresql{match[1] or ''}://{rest}" if match else value
    libpq = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGDATABASE": "dbname"}
    kept |= {variable: parameters[key] for variable, key in libpq.items()}
    kept.setdefault("DATABASE_URL", f"postgresql://{rest}")
    return kept


def pending(project: Project, applied: Sequence[str]) -> list[Revision]:
    """The revisions that a database lacks; raises BadMigration where it has one that the project does not know."""
    ids = [r.id for r in project.revisions]
    unknown = [a for a in applied if a not in ids]
    if unknown:
        raise BadMigration(
            f"the database is at revision {unknown[0]}, which {project.ini} does not have; check out the branch it "
            "was migrated with"
        )
    if not applied:
        return list(project.revisions)
    done: set[str] = set()
    waiting = list(applied)
    by_id = {r.id: r for r in project.revisions}
    while waiting:
        one = waiting.pop()
        if one not in done:
            done.add(one)
            waiting += by_id[one].down
    return [r for r in project.revisions if r.id not in done]


def _several(down: Any) -> tuple[str, ...]:
    return tuple(down) if isinstance(down, list | tuple) else (down,) if down else ()


def _told(answer: dict[str, Any]) -> str:
    where = f" at {answer['where']}" if answer.get("where") else ""
    said = str(answer["error"])
    if said.startswith("ModuleNotFoundError"):
        said += "; name the project's own interpreter with --python .venv/bin/python"
    if said.startswith("KeyError"):
        said += "; env.py wants that variable: set it in the environment"
    return said + where
