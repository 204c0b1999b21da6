"""The workbench: what a tool may use during one run; it is made anew after a restart and never stored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dbengineer.tools.facts import Artefact, DeliverableId
from dbengineer.tools.guard.meaning import Meaning
from dbengineer.tools.ledger import Ledger
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target

if TYPE_CHECKING:
    from dbengineer.tools.checking import Outcome
    from dbengineer.tools.migrations.clones import Clones
    from dbengineer.tools.schema.catalog import Schema
    from dbengineer.tools.scratch.copies import Copy
    from dbengineer.tools.scratch.database import Database
    from dbengineer.tools.scratch.restored import Restored

Rows = Literal["none", "copy"]
Progress = Callable[[str], None]


class Workbench:
    """The target, the scratch server and its copies, the ledger and the report folder.

    `rows="copy"` is the user's leave to copy rows into scratch. Copies are made when first used.
    """

    def __init__(
        self,
        target: Target,
        out: Path,
        *,
        rows: Rows = "none",
        pg_bin: Path | None = None,
        progress: Progress = lambda text: None,
    ) -> None:
        self.target = target
        self.out = out
        self.rows = rows
        self.pg_bin = pg_bin
        self.progress = progress
        self.outcomes: dict[str, tuple[Outcome, str]] = {}
        """What each check found in this run, with its evidence: a check is run once."""
        self.meaning = Meaning(target, self._model)
        target.meaning = self.meaning
        out.mkdir(parents=True, exist_ok=True)
        self.ledger = Ledger(out / "evidence.jsonl")

    def _model(self) -> Database:
        """A copy of its own for the guard, since the others are changed or cloned meanwhile."""
        from dbengineer.tools.scratch.rehearsal import make_rehearsal

        self.progress("copying the schema to look up what statements mean")
        return make_rehearsal(self.target, self.scratch, "meaning").database

    @cached_property
    def scratch(self) -> Server:
        """The private server, started when first used."""
        self.progress("starting the scratch server")
        return Server.start(pg_bin=self.pg_bin)

    @cached_property
    def sandbox(self) -> Server:
        """A second private server, whose settings may be changed; who changes them puts them back."""
        return Server.start(pg_bin=self.pg_bin)

    @cached_property
    def schema(self) -> Schema:
        """The target's catalog, read once a run."""
        from dbengineer.tools.schema import catalog

        self.progress("reading the catalog")
        return catalog.read(self.target)

    @cached_property
    def shadow(self) -> Copy:
        """A copy that plans like the target: schema and statistics, no rows."""
        from dbengineer.tools.scratch.shadow import make_shadow

        self.progress("making the shadow: schema and statistics, no rows")
        return make_shadow(self.target, self.scratch, "shadow")

    @cached_property
    def rehearsal(self) -> Copy:
        """A copy to run changes on: schema, owners, roles and privileges, no rows."""
        from dbengineer.tools.scratch.rehearsal import make_rehearsal

        self.progress("making the rehearsal copy: schema, roles and privileges")
        return make_rehearsal(self.target, self.scratch, "rehearsal")

    @cached_property
    def restored(self) -> Restored:
        """A real backup of the target restored into scratch; only with leave to copy rows (PermissionError)."""
        from dbengineer.tools.scratch.restored import make_restored

        if self.rows != "copy":
            raise PermissionError("rows may not be copied; allow it with --rows copy")
        self.progress("dumping the target and restoring the dump into scratch")
        return make_restored(self.target, self.scratch, "restored")

    @cached_property
    def clones(self) -> Clones:
        """Clones of the copies, to change."""
        from dbengineer.tools.migrations.clones import Clones

        return Clones(self.scratch)

    def write(self, path: str, text: str, title: str, deliverable: DeliverableId) -> Artefact:
        """Writes one file of the report."""
        file = self.out / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()
        return Artefact(path=path, sha256=digest, title=title, deliverable=deliverable)

    def close(self) -> None:
        """Stops the scratch servers and leaves the target."""
        if "clones" in self.__dict__:
            self.clones.close()
        self.meaning.close()
        for copy in ("shadow", "rehearsal", "restored"):
            if copy in self.__dict__:
                self.__dict__[copy].database.close()
        for server in ("scratch", "sandbox"):
            if server in self.__dict__:
                self.__dict__[server].stop()
        self.target.close()
