"""The cases of the eval suite: a review or a question, each with the reason why it is there."""

from __future__ import annotations

from pathlib import Path

from dbengineer.tools.facts import DELIVERABLES, DeliverableId, Fact

FILE = Path(__file__).with_name("cases.yaml")


class UnknownSuite(ValueError):
    """There is no suite of that name."""


class Case(Fact):
    """One thing to try on one benchmark database.

    `asks` is a question or a command, or nothing for a whole review; `expects` has to stand in its answer, and
    `danger` says that it has to be refused. `seconds` and `calls` are its budget, beside a model's own time.
    """

    id: str
    suite: str
    database: str
    why: str
    deliverables: tuple[DeliverableId, ...] = DELIVERABLES
    asks: str = ""
    expects: tuple[str, ...] = ()
    danger: bool = False
    words: bool = False
    """Whether it takes a model to understand what is asked."""
    seconds: float = 60
    calls: int = 40
    quick: bool = False

    @property
    def is_review(self) -> bool:
        """Whether it is a whole review."""
        return not self.asks


def cases(suite: str = "") -> list[Case]:
    """The cases of a suite: one of theirs, "quick" for what is fast, or nothing for all; raises UnknownSuite."""
    import yaml

    every = [Case.model_validate(case) for case in yaml.safe_load(FILE.read_text(encoding="utf-8"))]
    found = [c for c in every if suite in ("", c.suite) or (suite == "quick" and c.quick)]
    if not found:
        known = ", ".join(dict.fromkeys(["quick", *(c.suite for c in every)]))
        raise UnknownSuite(
            f"there is no suite {suite!r}; use one of {known}, indexes or server, or leave --suite out for all"
        )
    return found
