"""The clock: the time that an answer may take, which all the steps on the way to it share."""

from __future__ import annotations

import time

BASED, NAMED, MADE, LOOKED, EXPLORED, SEARCHED = 0.25, 0.4, 0.55, 0.75, 0.85, 0.92
"""By which share of the time each step ends: what statements cost as they are, candidates, making them, what they
promise, the relaxed program, the search; what is left is for telling. Who needs less leaves it to the next."""


class Clock:
    """So many seconds from now on."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._began = time.perf_counter()

    @property
    def spent(self) -> float:
        """Seconds since it began."""
        return time.perf_counter() - self._began

    def at(self, share: float) -> float:
        """The moment, by time.perf_counter, at which a share of the time is used up."""
        return self._began + share * self.seconds

    def past(self, share: float) -> bool:
        """Whether a share of the time is used up."""
        return self.spent > share * self.seconds
