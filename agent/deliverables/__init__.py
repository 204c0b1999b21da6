"""The eight lines of the role profile, a file each: what to look at, and when it may be ticked."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Protocol, cast

from dbengineer.tools import folder
from dbengineer.tools.facts import DELIVERABLES, DeliverableId

if TYPE_CHECKING:
    from dbengineer.agent.state import Call, Deliverable, State


class Line(Protocol):
    """What a file of this folder offers."""

    title: str
    steps: tuple[str, ...]

    def judge(self, state: State) -> Deliverable:
        """Judges itself on what the run has shown."""


@cache
def lines() -> dict[DeliverableId, Line]:
    """The deliverables in the order of the profile."""
    found = folder.modules(__name__)
    return {name: cast(Line, found[name]) for name in DELIVERABLES}


def tools_of(deliverable: DeliverableId) -> tuple[str, ...]:
    """The tools that a deliverable calls for itself, beside its checks."""
    return lines()[deliverable].steps


def steps(asked: tuple[DeliverableId, ...]) -> list[Call]:
    """Every call that the asked deliverables need, each once: all checks, then the tools in order.

    A restore drill comes first of them: it makes the copy with rows that the others then use.
    """
    from dbengineer.agent.state import Call

    checks = [Call(tool="run_checks", args={"deliverable": name}) for name in asked]
    tools = sorted(dict.fromkeys(tool for name in asked for tool in tools_of(name)), key=lambda t: t != "restore_drill")
    return checks + [Call(tool=tool) for tool in tools]
