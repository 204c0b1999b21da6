"""The workbench: what a tool may use during one run; it is made anew after a restart and never stored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Literal

from dbengineer.tools.facts import Artefact, DeliverableId
from dbengineer.tools.ledger import Ledger
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target

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
        out.mkdir(parents=True, exist_ok=True)
        self.ledger = Ledger(out / "evidence.jsonl")

    @cached_property
    def scratch(self) -> Server:
        """The private server, started when first used."""
        self.progress("starting the scratch server")
        return Server.start(pg_bin=self.pg_bin)

    def write(self, path: str, text: str, title: str, deliverable: DeliverableId) -> Artefact:
        """Writes one file of the report."""
        file = self.out / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()
        return Artefact(path=path, sha256=digest, title=title, deliverable=deliverable)

    def close(self) -> None:
        """Stops the scratch server and leaves the target."""
        if "scratch" in self.__dict__:
            self.scratch.stop()
        self.target.close()
