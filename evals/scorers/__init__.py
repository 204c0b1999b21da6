"""One scorer a file: a figure of a review, because of what. Unscored is not wrong."""

from __future__ import annotations

from dbengineer.tools.facts import Fact


class Score(Fact):
    """A share between 0 and 1, or None where nothing could be scored, and what it rests on."""

    name: str
    value: float | None
    answer: str
    because: tuple[str, ...] = ()
