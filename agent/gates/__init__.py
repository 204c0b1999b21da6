"""The review gates, run in file order, cheap ones first; the worst verdict counts."""

from __future__ import annotations

from functools import cache
from typing import Protocol, cast

from dbengineer.agent.model import Model
from dbengineer.agent.state import Review, State
from dbengineer.tools import folder
from dbengineer.tools.facts import Recommendation
from dbengineer.tools.ledger import Ledger


class Gate(Protocol):
    """What a file of this folder offers."""

    def judge(self, recommendation: Recommendation, state: State, ledger: Ledger, model: Model) -> Review | None:
        """One verdict with its reason, or None where this gate has nothing to say."""


@cache
def gates() -> dict[str, Gate]:
    """The gates by name, in the order they judge."""
    return {name: cast(Gate, module) for name, module in folder.modules(__name__).items()}
