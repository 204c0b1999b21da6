"""Answer: the reply to a question, given piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langgraph.runtime import Runtime

from dbengineer.agent import view
from dbengineer.agent.context import Context
from dbengineer.agent.model import ModelFailed, Playbook
from dbengineer.agent.nodes.call_tools import spent
from dbengineer.agent.state import State, findings
from dbengineer.tools.facts import SEVERITIES

TOLD, CITED, WORDS = 10, 3, 6
"""How many findings, pieces of evidence of a tool, and lines of its own words are named below an answer."""

STOPPED = "\n(More tools were asked for than one question has a budget for: ask again to look further.)\n"


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
        pieces.append(unsaid(state, "".join(pieces)) + (STOPPED if spent(state) else ""))
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
    return sources(state, said) + words(state, said) + _left_out(state, said)


def sources(state: State, said: str) -> str:
    """The evidence behind an answer that cites none of it."""
    looked_up = {m.call.tool: m.result.evidence for m in state.get("made", []) if m.result and m.result.evidence}
    if not looked_up or any(name in said for ids in looked_up.values() for name in ids):
        return ""
    named = (f"{tool} [{' '.join(ids[-CITED:])}{' …' if len(ids) > CITED else ''}]" for tool, ids in looked_up.items())
    return f"\n\nLooked up with {', '.join(named)}.\n"


def words(state: State, said: str) -> str:
    """What the last tool said itself, where an answer cites none of its evidence: a small model may have misread it."""
    looked = [m for m in state.get("made", []) if m.result and m.call.tool != "run_checks"]
    if not looked or not looked[-1].result or any(name in said for name in looked[-1].result.evidence):
        return ""
    told = view.View().summary(looked[-1])
    lines = told.splitlines()[:WORDS]
    return view.defused("\n".join([f"\nIn the words of {looked[-1].call.tool}:", *(f"- {line}" for line in lines), ""]))


def _left_out(state: State, said: str) -> str:
    serious = SEVERITIES[: SEVERITIES.index("medium") + 1]
    left = [f for f in view.by_severity(findings(state)) if f.severity in serious and f.object not in said]
    if not left:
        return ""
    lines = [f"- {f.severity}: {f.title}: {f.object}" for f in left[:TOLD]]
    lines += [f"- and {len(left) - TOLD} more"] if len(left) > TOLD else []
    return view.defused("\n".join(["\n\nFound by the tools and not named above:", *lines, ""]))
