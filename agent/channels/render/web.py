"""The report as one HTML file that needs nothing else: checklist, pictures, findings, evidence."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dbengineer.agent.channels import render
from dbengineer.agent.channels.render import plain, steps
from dbengineer.agent.state import Report
from dbengineer.tools.facts import SEVERITIES, Evidence, Recommendation
from dbengineer.tools.plans import draw
from dbengineer.tools.plans.read import Plan

FOLDER = Path(__file__).parent
DRAWN = 2
"""How many pairs of plans of one evidence are drawn."""
SHOWN = 20_000
"""How many characters of one evidence the page shows; the whole is in evidence.jsonl."""


def page(report: Report, folder: Path) -> str:
    """The page of a report whose files lie in a folder."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    return environment.get_template("report.html.j2").render(
        report=report,
        checklist=report.checklist,
        render=render,
        steps=steps,
        next=steps.steps(report),
        counts=render.counts(report),
        unseen=steps.unseen(report),
        **_lists(report, render.evidence(folder)),
        **_choices(report),
        erd=_as_it_is(folder / "erd.svg"),
        style=_as_it_is(FOLDER / "report.css"),
        script=_as_it_is(FOLDER / "report.js"),
    )


def _visible(value: Any) -> Any:
    return plain.visible(value) if type(value) is str else value


def _as_it_is(file: Path) -> Any:
    from markupsafe import Markup

    return Markup(file.read_text(encoding="utf-8") if file.is_file() else "")


def _lists(report: Report, known: dict[str, Evidence]) -> dict[str, Any]:
    """The changes, the findings with their answers, and the evidence."""
    changes = [_change(report, r, known) for r in report.recommendations]
    by_id = {c["it"].id: c for c in changes}
    findings = steps.worst_first(report.findings)
    answers = [steps.answer(report, f) for f in findings]
    return {
        "known": known,
        "changes": changes,
        "findings": findings,
        "answers": [by_id[a.id] if a else None for a in answers],
        "found": Counter(f.deliverable for f in findings),
        "evidence": [_shown(report, e) for e in known.values()],
    }


def _choices(report: Report) -> dict[str, Any]:
    """What the filters offer, and how often each status is on the checklist."""
    lines = report.checklist.deliverables
    tally = Counter(d.status for d in lines)
    return {
        "tally": [(status, tally[status]) for status in render.WORDS if tally[status]],
        "present": set(tally),
        "titles": [(d.id, d.title) for d in lines],
        "verdicts": list(steps.VERDICTS.items()),
        "severities": [(severity, severity) for severity in SEVERITIES],
        "ranks": {severity: rank for rank, severity in enumerate(SEVERITIES)},
    }


def _change(report: Report, recommendation: Recommendation, known: dict[str, Evidence]) -> dict[str, Any]:
    proof = next((p for p in report.proofs if p.recommendation == recommendation.id), None)
    cited = dict.fromkeys((*recommendation.evidence, *(proof.evidence if proof else ())))
    lines = [d.id for d in report.checklist.deliverables if recommendation.id in d.recommendations]
    return {
        "it": recommendation,
        "verdict": render.verdict(report, recommendation),
        "reasons": render.reasons(report, recommendation),
        "lines": dict.fromkeys([recommendation.deliverable, *lines]),
        "evidence": [e for e in cited if e in known],
        "pictures": [picture for e in cited if e in known for picture in pictures(known[e].saw)],
    }


def pictures(saw: dict[str, Any]) -> list[Any]:
    """The plans before and after that an evidence holds, drawn beside each other; the slowest before comes first."""
    from markupsafe import Markup

    pairs = sorted(_pairs(saw.get("before"), saw.get("after")), key=lambda p: -(p[0].execution_ms or p[0].cost))
    return [Markup(draw.pair(before, after)) for before, after in pairs[:DRAWN]]


def _pairs(before: Any, after: Any) -> Iterator[tuple[Plan, Plan]]:
    """Both sides of each comparison, whether an evidence holds one, a list of them, or one for each statement."""
    if not isinstance(before, dict | list) or type(before) is not type(after):
        return
    if isinstance(before, list):
        before, after = dict(enumerate(before)), dict(enumerate(after))
    if "plan" in before and "plan" in after:
        yield Plan.model_validate(before["plan"]), Plan.model_validate(after["plan"])
    else:
        for key in before.keys() & after.keys():
            yield from _pairs(before[key], after[key])


def _shown(report: Report, evidence: Evidence) -> dict[str, Any]:
    saw = json.dumps(evidence.saw, indent=2, ensure_ascii=False, default=str)
    cut = len(saw) > SHOWN
    return {
        "it": evidence,
        "lines": [d.id for d in report.checklist.deliverables if evidence.id in d.evidence],
        "saw": saw[:SHOWN] + ("\n… the rest is in evidence.jsonl" if cut else ""),
    }
