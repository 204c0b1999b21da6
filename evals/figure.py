"""A figure of a suite that measures: what it has to be, what it is, and what stands in its way."""

from __future__ import annotations

from dbengineer.tools.facts import Fact


class Figure(Fact):
    """One figure: what it is of, what it has to be at most or at least, what it is, and what stands in its way."""

    name: str
    target: str
    measured: str
    met: bool | None
    because: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[str, str, str]:
        """Its row of a table."""
        return self.name, self.target, self.measured
