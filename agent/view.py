"""What a model may see of a run: names, counts and plans without literals; never rows."""

from __future__ import annotations

from dbengineer.agent.state import Made, State, findings
from dbengineer.tools.facts import Finding, Recommendation

LIMIT = 12_000
"""How many characters of a run a model is shown at most; the most severe findings come first."""


def seen(state: State) -> str:
    """The run so far, in lines that fit the limit; what was left out is counted."""
    lines = [*map(_call, state.get("made", [])), *map(_finding, by_severity(findings(state)))]
    lines += [f"recommended {r.id}: {r.title} | {r.sql}" for r in proposed_by_tools(state)]
    return within(lines, LIMIT)


def within(lines: list[str], limit: int) -> str:
    """As many whole lines as the limit allows, and how many more there are."""
    kept: list[str] = []
    for line in lines:
        limit -= len(line) + 1
        if limit < 0:
            break
        kept.append(line)
    left = len(lines) - len(kept)
    return fenced("\n".join(kept + ([f"({left} more left out)"] if left else [])))


def fenced(text: str) -> str:
    """The text without anything that could end the fence it stands in."""
    return text.replace("<", "‹").replace(">", "›")


def by_severity(every: list[Finding]) -> list[Finding]:
    """The findings, worst first."""
    from dbengineer.tools.facts import SEVERITIES

    return sorted(every, key=lambda f: SEVERITIES.index(f.severity))


def proposed_by_tools(state: State) -> list[Recommendation]:
    """The recommendations that tools made in this run."""
    return [r for made in state.get("made", []) if made.result for r in made.result.recommendations]


def _call(made: Made) -> str:
    said = made.refused or (made.result.summary if made.result else "")
    cited = " ".join(made.result.evidence[-3:]) if made.result else ""
    return f"called {made.call.tool}: {said} [{cited}]"


def _finding(finding: Finding) -> str:
    return f"{finding.severity} {finding.check} {finding.object}: {finding.detail} [{' '.join(finding.evidence)}]"
