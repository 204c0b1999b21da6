"""The report as one HTML file that needs nothing else: checklist, pictures, findings, evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dbengineer.agent.channels import render
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
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    known = render.evidence(folder)
    erd = folder / "erd.svg"
    return environment.get_template("report.html.j2").render(
        report=report,
        checklist=report.checklist,
        render=render,
        counts=render.counts(report),
        erd=Markup(erd.read_text(encoding="utf-8")) if erd.is_file() else "",
        changes=[_change(report, r, known) for r in report.recommendations],
        findings=sorted(report.findings, key=lambda f: SEVERITIES.index(f.severity)),
        ranks={severity: rank for rank, severity in enumerate(SEVERITIES)},
        evidence=[_shown(e) for e in known.values()],
        known=known,
        style=Markup((FOLDER / "report.css").read_text(encoding="utf-8")),
        script=Markup((FOLDER / "report.js").read_text(encoding="utf-8")),
    )


def _change(report: Report, recommendation: Recommendation, known: dict[str, Evidence]) -> dict[str, Any]:
    proof = next((p for p in report.proofs if p.recommendation == recommendation.id), None)
    cited = dict.fromkeys((*recommendation.evidence, *(proof.evidence if proof else ())))
    return {
        "it": recommendation,
        "verdict": render.verdict(report, recommendation),
        "reasons": render.reasons(report, recommendation),
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


def _shown(evidence: Evidence) -> dict[str, Any]:
    saw = json.dumps(evidence.saw, indent=2, ensure_ascii=False, default=str)
    cut = len(saw) > SHOWN
    return {"it": evidence, "saw": saw[:SHOWN] + ("\n… the rest is in evidence.jsonl" if cut else "")}
