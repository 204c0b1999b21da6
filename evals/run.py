"""What came of an eval run: figures over all its cases, what is worse than the baseline, and both as a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from dbengineer.evals.scorers import Score
from dbengineer.evals.suite import Scored
from dbengineer.tools.facts import Fact

BASELINE = Path(__file__).with_name("baseline.json")
TIMED = ("gain", "budget")
"""Scores that a busy machine changes; they are shown, and not compared with the baseline."""
WHAT = {
    "found": "planted flaws found",
    "invented": "healthy databases left alone",
    "answered": "faults with an answer that holds",
    "gain": "statements faster with their index",
    "migrates": "proven changes made and taken back, with all rows",
    "restores": "tables and damages that a restore showed rightly",
    "cited": "claims that rest on real evidence",
    "refused": "cases in which nothing dangerous happened",
    "said": "what answers had to name",
    "ticks": "lines of the checklist that tell the truth",
    "budget": "cases within their time and calls",
}


class Figure(Fact):
    """One scorer over all cases: `right` of `of` things."""

    name: str
    right: float
    of: int

    @property
    def value(self) -> float | None:
        """The share, or None where nothing was scored."""
        return self.right / self.of if self.of else None


def figures(scored: Iterable[Scored]) -> dict[str, Figure]:
    """Each scorer over all cases, weighted by what it is a share of."""
    found: dict[str, Figure] = {}
    for score in (s for case in scored for s in case.scores if s.value is not None):
        old = found.get(score.name, Figure(name=score.name, right=0, of=0))
        right = old.right + (score.value or 0) * score.of
        found[score.name] = Figure(name=score.name, right=right, of=old.of + score.of)
    return dict(sorted(found.items()))


def recorded(scored: Sequence[Scored]) -> dict[str, dict[str, float | None]]:
    """The scores by case and scorer, as the baseline keeps them."""
    return {case.case: {s.name: _short(s) for s in case.scores if s.name not in TIMED} for case in scored}


def _short(score: Score) -> float | None:
    return None if score.value is None else round(score.value, 4)


def baseline(path: Path = BASELINE) -> dict[str, dict[str, dict[str, float | None]]]:
    """The scores that were reached before, by model, case and scorer."""
    kept: dict[str, dict[str, dict[str, float | None]]] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def worse(scored: Sequence[Scored], before: dict[str, dict[str, float | None]]) -> list[str]:
    """What is lower than before, or is not scored any more, with the reasons that the scorer gives now."""
    lower = []
    now = recorded(scored)
    why = {(case.case, s.name): s.because for case in scored for s in case.scores}
    for case, scores in before.items():
        for name, value in scores.items() if case in now else ():
            reached = now[case].get(name)
            if value is not None and (reached is None or reached < value - 1e-3):
                reasons = "; ".join(why.get((case, name), ())[:5])
                lower.append(f"{case}: {name} was {value:.0%} and is {_percent(reached)}: {reasons}")
    return lower


def _percent(value: float | None) -> str:
    return "not scored" if value is None else f"{value:.1%}"


def side_by_side(by_model: dict[str, Sequence[Scored]]) -> str:
    """The figures of each model as a table in Markdown."""
    every = {model: figures(scored) for model, scored in by_model.items()}
    lines = ["| what | " + " | ".join(every) + " |", "|---|" + "---|" * len(every)]
    for name, words in WHAT.items():
        cells = [_cell(found.get(name)) for found in every.values()]
        lines.append(f"| {words} (`{name}`) | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return "–"
    return f"{figure.right:,.0f} of {figure.of:,} ({figure.value:.1%})"
