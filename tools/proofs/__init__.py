"""The ways to prove a recommendation in scratch: a file each, named after the kind it proves."""

from __future__ import annotations

from functools import cache
from typing import Protocol, cast

from dbengineer.tools import folder
from dbengineer.tools.facts import Proof, Recommendation
from dbengineer.tools.workbench import Workbench


class Way(Protocol):
    """What a file of this folder offers."""

    def prove(self, bench: Workbench, recommendation: Recommendation) -> Proof:
        """Tries the recommendation in scratch and says what came out."""


@cache
def ways() -> dict[str, Way]:
    """The ways by the kind of recommendation that they prove."""
    return {name: cast(Way, module) for name, module in folder.modules(__name__).items()}


def prove(bench: Workbench, recommendation: Recommendation) -> Proof:
    """Proves a recommendation in the way of its kind; a kind without a way stays unproven."""
    way = ways().get(recommendation.kind)
    if way is None:
        return Proof(recommendation=recommendation.id, verdict="unproven", reason="nothing here can try it")
    return way.prove(bench, recommendation)
