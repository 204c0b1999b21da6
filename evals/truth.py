"""What is known to be wrong with a benchmark database: its truth.yaml."""

from __future__ import annotations

from typing import Literal

from dbengineer.evals.places import SCHEMAS
from dbengineer.tools.facts import DeliverableId, Fact

Difficulty = Literal["easy", "medium", "hard"]
"""Easy: one look at the catalog; medium: two things to hold together; hard: it takes what rows or words mean."""


class Flaw(Fact):
    """One planted flaw; `full` marks what only shows at full size, `small` what has too few rows to be one yet.

    `check` may name a check that there is not: the flaw is one all the same, and is missed.
    """

    id: str
    deliverable: DeliverableId
    difficulty: Difficulty
    kind: Literal["check", "statement", "artefact"]
    check: str = ""
    object: str = ""
    name: str = ""
    needs: Literal["", "index", "rewrite"] = ""
    hint: str = ""
    why: str
    full: bool = False
    small: bool = False


class Truth(Fact):
    """The flaws of one benchmark database."""

    about: str
    flaws: tuple[Flaw, ...]
    corrected: tuple[str, ...] = ()
    """What was wrong in the truth when it was written, each with the reason why it is right now."""


def truth(schema: str) -> Truth:
    """The truth of a benchmark database by its name."""
    import yaml

    return Truth.model_validate(yaml.safe_load((SCHEMAS / schema / "truth.yaml").read_text(encoding="utf-8")))


def statements(schema: str) -> dict[str, str]:
    """The SQL of a workload by the names its statements have there."""
    from dbengineer.evals.demo import Statement, read_workload

    blocks = read_workload((SCHEMAS / schema / "workload.sql").read_text(encoding="utf-8"))
    return {b.name: b.sql for b in blocks if isinstance(b, Statement)}
