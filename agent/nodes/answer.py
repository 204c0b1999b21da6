"""Answer: the reply to a question, given piece by piece."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from dbengineer.agent.context import Context
from dbengineer.agent.model import ModelFailed, Playbook
from dbengineer.agent.state import State


def answer(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """The model's answer, or what the tools had to say when it fails."""
    context = runtime.context
    pieces: list[str] = []
    try:
        for piece in context.model.answer(state):
            context.stream(piece)
            pieces.append(piece)
    except ModelFailed as error:
        note = context.give_up_on_the_model(str(error))
        said = "\n".join(Playbook().answer(state))
        context.stream("\n" + said)
        return {"answer": said, "notes": [note]}
    return {"answer": "".join(pieces)}
