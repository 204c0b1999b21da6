"""Whether what is said rests on evidence that a tool of the run has made."""

from __future__ import annotations

from collections.abc import Iterator

from dbengineer.evals.scorers import Score, share
from dbengineer.evals.seen import Seen
from dbengineer.tools.facts import Evidence


def score(seen: Seen) -> Score | None:
    """The share of findings, standing changes and their proofs that cite evidence, all of it real and unchanged."""
    if seen.report is None:
        return None
    said = list(_said(seen))
    wrong = tuple(f"{what} cites {_why(cited)}" for what, cited in said if not _holds(seen, cited))
    return share("cited", len(said) - len(wrong), len(said), wrong)


def _said(seen: Seen) -> Iterator[tuple[str, tuple[str, ...]]]:
    assert seen.report
    yield from ((f"{f.check} {f.object}", f.evidence) for f in seen.report.findings)
    standing = {r.id for r in seen.report.recommendations if seen.verdict(r.id) in ("proven", "needs_person")}
    yield from ((f"change {r.id}", r.evidence) for r in seen.report.recommendations if r.id in standing)
    yield from (
        (f"proof of {p.recommendation}", p.evidence) for p in seen.report.proofs if p.recommendation in standing
    )


def _holds(seen: Seen, cited: tuple[str, ...]) -> bool:
    return bool(cited) and all(e in seen.evidence and _unchanged(seen.evidence[e]) for e in cited)


def _unchanged(e: Evidence) -> bool:
    return e.id == Evidence.fingerprint(e.tool, e.where, e.ran, e.saw, e.at, e.took_ms)


def _why(cited: tuple[str, ...]) -> str:
    return f"{', '.join(cited)}, which do not hold" if cited else "nothing"
