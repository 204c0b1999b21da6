"""What the nodes may use during one run; it is made anew after a restart and never stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dbengineer.agent.model import Model, Playbook
from dbengineer.tools.workbench import Workbench

CALLS = 8
"""How many calls a model may ask for in one run where nothing else is configured."""


@dataclass
class Context:
    """The workbench, the model, and where an answer goes piece by piece while it is made."""

    bench: Workbench
    model: Model = field(default_factory=Playbook)
    stream: Callable[[str], Any] = lambda piece: None
    spare: Model = field(default_factory=Playbook)
    """Takes the place of a model that failed."""
    calls: int = CALLS
    """How many calls beyond the steps of the request are made for the model, however many it asks for at once."""

    def give_up_on_the_model(self, reason: str) -> str:
        """Puts the playbook in the model's place; gives back the note for the report."""
        note = f"the model {self.model.name} failed ({reason}); the playbook finished the run"
        self.model = self.spare
        return note
