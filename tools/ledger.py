"""The ledger: the only place where evidence is made, and the file that keeps it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dbengineer.tools.facts import Evidence, Where


class Ledger:
    """Appends each evidence to `evidence.jsonl` as it is made, so that a killed run keeps what it saw."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, Evidence] = {}
        self._lock = threading.Lock()
        if path.exists():
            for line in path.read_text().splitlines():
                evidence = Evidence.model_validate_json(line)
                self._known[evidence.id] = evidence

    def __contains__(self, evidence_id: object) -> bool:
        return evidence_id in self._known

    def __getitem__(self, evidence_id: str) -> Evidence:
        return self._known[evidence_id]

    def __iter__(self) -> Iterator[Evidence]:
        return iter(list(self._known.values()))

    def record(self, tool: str, where: Where, ran: str, saw: dict[str, Any], took_ms: float) -> Evidence:
        """Writes down what was run and what it showed; gives back the evidence with its id."""
        at, took = datetime.now(UTC), round(took_ms, 2)
        evidence_id = Evidence.fingerprint(tool, where, ran, saw, at, took)
        evidence = Evidence(id=evidence_id, tool=tool, where=where, ran=ran, saw=saw, at=at, took_ms=took)
        line = evidence.model_dump_json() + "\n"
        with self._lock, self.path.open("a") as file:
            file.write(line)
            self._known[evidence.id] = evidence
        return evidence

    @contextmanager
    def watch(self, tool: str, where: Where, ran: str) -> Iterator[Observation]:
        """Times what runs inside and records `saw` at its end; what fails inside is not recorded."""
        observation = Observation()
        started = time.perf_counter()
        yield observation
        took_ms = (time.perf_counter() - started) * 1000
        observation.evidence = self.record(tool, where, ran, observation.saw, took_ms)


class Observation:
    """What is being watched: fill `saw`; `evidence` is there afterwards."""

    def __init__(self) -> None:
        self.saw: dict[str, Any] = {}
        self.evidence: Evidence | None = None

    @property
    def id(self) -> str:
        """The id of the evidence, once the watch has ended."""
        assert self.evidence is not None, "the watch has not ended"
        return self.evidence.id
