"""Answer: the reply to a question, given piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langgraph.runtime import Runtime

from dbengineer.agent import view
from dbengineer.agent.context import Context
from dbengineer.agent.model import ModelFailed, Playbook
from dbengineer.agent.state import State, findings
from dbengineer.tools.facts import SEVERITIES

TOLD = 10


def answer(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """The model's answer, or what the tools had to say when it fails."""
    context = runtime.context
    pieces: list[str] = []
    try:
        for piece in _sound(state, context):
            context.stream(piece)
            pieces.append(piece)
    except ModelFailed as error:
        note = context.give_up_on_the_model(str(error))
        said = "".join(context.spare.answer(state))
        context.stream("\n" + said)
        return {"answer": said, "answered_by": context.spare.name, "notes": [note]}
    if not isinstance(context.model, Playbook):
        pieces.append(unsaid(state, "".join(pieces)))
        context.stream(pieces[-1])
    return {"answer": "".join(pieces), "answered_by": context.model.name}


def _sound(state: State, context: Context) -> Iterator[str]:
    """The answer; what a model says, without numbers that nothing has shown."""
    pieces = context.model.answer(state)
    if isinstance(context.model, Playbook):
        return pieces
    from dbengineer.agent import figures

    return figures.checked(pieces, figures.Known(state, context.bench.ledger))


def unsaid(state: State, said: str) -> str:
    """What a model kept quiet about, by itself or because words in the database wanted it to."""
    if not any(made.result for made in state.get("made", [])):
        return "\n\nNo tool was called for this answer: nothing in it was looked up in the database.\n"
    serious = SEVERITIES[: SEVERITIES.index("medium") + 1]
    left = [f for f in view.by_severity(findings(state)) if f.severity in serious and f.object not in said]
    if not left:
        return ""
    lines = [f"- {f.severity}: {f.title}: {f.object}" for f in left[:TOLD]]
    lines += [f"- and {len(left) - TOLD} more"] if len(left) > TOLD else []
    return view.defused("\n".join(["\n\nFound by the tools and not named above:", *lines, ""]))
