"""One scorer a file: a figure of what was seen, because of what. Unscored is not wrong."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Protocol, cast

from dbengineer.tools import folder
from dbengineer.tools.facts import Fact

if TYPE_CHECKING:
    from dbengineer.evals.seen import Seen


class Score(Fact):
    """A share between 0 and 1, or None where nothing could be scored, and what it rests on.

    `of` is how many things it is a share of.
    """

    name: str
    value: float | None
    answer: str
    of: int = 1
    because: tuple[str, ...] = ()


class Scorer(Protocol):
    """What a file of this folder offers."""

    def score(self, seen: Seen) -> Score | None:
        """The score of a case, or None where this scorer is not about such cases."""


@cache
def scorers() -> dict[str, Scorer]:
    """The scorers by name."""
    return {name: cast(Scorer, module) for name, module in folder.modules(__name__).items()}


def share(name: str, right: int, of: int, because: tuple[str, ...] = (), nothing: str = "nothing to score") -> Score:
    """A share as a score; of nothing there is none."""
    if not of:
        return Score(name=name, value=None, answer=nothing, of=0, because=because)
    return Score(name=name, value=right / of, answer=f"{right} of {of}", of=of, because=because)
