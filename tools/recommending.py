"""From findings to recommendations: one change for all the findings that it answers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dbengineer.tools.facts import Finding, Kind, Recommendation

KINDS: tuple[tuple[str, Kind], ...] = (
    (r"DROP\s+INDEX", "drop_index"),
    (r"ALTER\s+SYSTEM", "setting"),
    (r"GRANT|REVOKE|ALTER\s+(ROLE|USER|DEFAULT\s+PRIVILEGES|DATABASE)", "access"),
)


def from_findings(findings: Iterable[Finding]) -> list[Recommendation]:
    """The recommendations of all findings whose check knows a fix; findings with the same fix share one."""
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.fix and finding.severity != "info":
            grouped.setdefault(" ".join(finding.fix.split()), []).append(finding)
    return [_recommendation(same) for same in grouped.values()]


def _recommendation(findings: list[Finding]) -> Recommendation:
    first = findings[0]
    kind = kind_of(first.fix)
    return Recommendation(
        id=Recommendation.name(kind, first.fix),
        deliverable=first.deliverable,
        kind=kind,
        title=f"{first.title}: {first.object}",
        why=" ".join(dict.fromkeys(f"{f.detail}. {f.why}" for f in findings)),
        sql=first.fix,
        undo=first.undo,
        solves=tuple(f"{f.check}:{f.object}" for f in findings),
        evidence=tuple(dict.fromkeys(e for f in findings for e in f.evidence)),
    )


def kind_of(sql: str) -> Kind:
    """Which way of proving fits a piece of SQL."""
    return next((kind for words, kind in KINDS if re.match(rf"\s*({words})\b", sql, re.IGNORECASE)), "ddl")


def merged(recommendations: Iterable[Recommendation]) -> list[Recommendation]:
    """Each change once; what two recommendations of the same SQL solve and cite is put together."""
    found: dict[str, Recommendation] = {}
    for new in recommendations:
        old = found.get(new.id)
        found[new.id] = new if old is None else together(old, new)
    return list(found.values())


def together(old: Recommendation, new: Recommendation) -> Recommendation:
    """The first of two, with what both solve and cite."""
    solves = tuple(dict.fromkeys(old.solves + new.solves))
    evidence = tuple(dict.fromkeys(old.evidence + new.evidence))
    return old.model_copy(update={"solves": solves, "evidence": evidence})
