"""The words that tools and the agent share: what was seen, what is wrong, what to do about it."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Where = Literal["target", "scratch"]
Severity = Literal["critical", "high", "medium", "low", "info"]
DeliverableId = Literal["schema", "migrations", "indexes", "queries", "backup", "monitoring", "recovery", "security"]
Kind = Literal["index", "drop_index", "ddl", "query", "setting", "access", "plan"]

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
DELIVERABLES: tuple[DeliverableId, ...] = (
    "schema",
    "migrations",
    "indexes",
    "queries",
    "backup",
    "monitoring",
    "recovery",
    "security",
)


class Fact(BaseModel):
    """A value that cannot change after it was made and knows all its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(Fact):
    """One thing that was run and what it showed; only a tool can make it, through the ledger."""

    id: str
    tool: str
    where: Where
    ran: str
    saw: dict[str, Any]
    at: datetime
    took_ms: float

    @staticmethod
    def fingerprint(tool: str, where: Where, ran: str, saw: dict[str, Any], at: datetime, took_ms: float) -> str:
        """The id of an evidence: a hash of everything else it holds."""
        rest = json.dumps([tool, where, ran, saw, at.isoformat(), took_ms], sort_keys=True, default=str)
        return "ev-" + hashlib.sha256(rest.encode()).hexdigest()[:16]


class Coverage(Fact):
    """How much of something could be looked at; `because` says why the rest could not."""

    what: str
    examined: int
    total: int
    because: str = ""
    hints: bool = False
    """Whether only hints would come of it: lacking it is told, but keeps no tick back."""

    @property
    def complete(self) -> bool:
        """Whether everything there is was looked at; what could not even be counted was not."""
        return self.examined >= self.total and not (self.because and not self.examined)


class Finding(Fact):
    """One fault of one object; `fix` and `undo` are SQL, or empty where a person has to decide."""

    check: str
    title: str
    deliverable: DeliverableId
    object: str
    detail: str
    severity: Severity
    why: str = ""
    advice: str = ""
    fix: str = ""
    undo: str = ""
    evidence: tuple[str, ...] = ()


class Recommendation(Fact):
    """One change to make, with the way back; nobody sees it before it was reviewed.

    `solves` names the findings ("check:object") and statements ("statement:<fingerprint>") it answers.
    """

    id: str
    deliverable: DeliverableId
    kind: Kind
    title: str
    why: str
    sql: str = ""
    undo: str = ""
    risk: str = ""
    solves: tuple[str, ...] = ()
    evidence: tuple[str, ...] = Field(default=())

    @property
    def sha256(self) -> str:
        """The hash that an approval is bound to: of the change and of its way back."""
        return hashlib.sha256(f"{self.sql}\n{self.undo}".encode()).hexdigest()

    @staticmethod
    def name(kind: Kind, sql: str) -> str:
        """A stable id made of the kind and the SQL, so that the same change has the same name in every run."""
        return f"{kind}-" + hashlib.sha256(" ".join(sql.split()).encode()).hexdigest()[:10]


class Proof(Fact):
    """What trying a recommendation in scratch has shown."""

    recommendation: str
    verdict: Literal["proven", "refuted", "unproven"]
    reason: str
    evidence: tuple[str, ...] = ()


class Artefact(Fact):
    """A file of the report, with the hash that an approval is bound to."""

    path: str
    sha256: str
    title: str
    deliverable: DeliverableId


class Result(Fact):
    """What a tool gives back."""

    summary: str
    findings: tuple[Finding, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    artefacts: tuple[Artefact, ...] = ()
    evidence: tuple[str, ...] = ()
