"""What the guard says about a statement."""

from __future__ import annotations

from typing import Literal

from dbengineer.tools.facts import Fact


class Allowed(Fact):
    """The statement only reads, as far as its text can show; `parameters` is the highest n of its $n."""

    allowed: Literal[True] = True
    statement: Literal["select", "explain", "show"] = "select"
    parameters: int = 0


class Refused(Fact):
    """The statement is not sent: why, and what to do instead."""

    allowed: Literal[False] = False
    why: str
    instead: str

    def __str__(self) -> str:
        return f"{self.why}; {self.instead}"


Verdict = Allowed | Refused
