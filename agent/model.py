"""The joint at which a language model, a script or nobody at all sits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from dbengineer.agent import leave
from dbengineer.agent.state import Made, Request, State, Turn
from dbengineer.tools.facts import SEVERITIES, Recommendation


class ModelFailed(Exception):
    """The model could not be asked or gave nothing that can be used; the playbook goes on without it."""


class Model(Protocol):
    """Chooses, explains and drafts; it cannot tick, prove or approve."""

    name: str

    def may_see_rows(self, request: Request) -> bool:
        """Whether rows and literals of this database may leave for the model."""

    def decide(self, state: State) -> Turn:
        """The next calls to make, or none; raises ModelFailed."""

    def recommend(self, state: State) -> list[Recommendation]:
        """Further recommendations, each citing evidence; raises ModelFailed."""

    def criticize(self, recommendation: Recommendation, state: State) -> str:
        """An objection to a recommendation, or nothing; raises ModelFailed."""

    def answer(self, state: State) -> Iterator[str]:
        """The answer to the question that was asked, piece by piece; raises ModelFailed."""


class Playbook:
    """No model at all: drives the same tools from the deliverables' own lists and the command grammar."""

    name = "none (the playbook drove the tools)"

    def may_see_rows(self, request: Request) -> bool:
        """Nobody is there to see them."""
        return False

    def decide(self, state: State) -> Turn:
        """The next step of the asked deliverables that was not made yet."""
        request = state["request"]
        planned = leave.planned(request)
        made = [m.call for m in state.get("made", [])]
        return Turn(calls=tuple(call for call in planned if call not in made)[:1])

    def recommend(self, state: State) -> list[Recommendation]:
        """Nothing beyond what the tools recommended."""
        return []

    def criticize(self, recommendation: Recommendation, state: State) -> str:
        """No objection: the other gates have judged."""
        return ""

    def answer(self, state: State) -> Iterator[str]:
        """What the tools that were called had to say, a paragraph each."""
        for number, made in enumerate(state.get("made", [])):
            yield ("\n" if number else "") + told(made)


class Discreet(Playbook):
    """The playbook where values may not be shown: it tells what a model would be told."""

    def answer(self, state: State) -> Iterator[str]:
        """What was seen, without rows and literals."""
        from dbengineer.agent.view import View

        yield View().seen(state)


class Scripted:
    """A model whose answers are given beforehand; when they have run out, the playbook goes on."""

    name = "scripted"

    def __init__(
        self,
        turns: Sequence[Turn | ModelFailed] = (),
        recommendations: Sequence[Recommendation] = (),
        objections: dict[str, str] | None = None,
        answer: Sequence[str] = (),
    ) -> None:
        self.turns = list(turns)
        self.recommendations = list(recommendations)
        self.objections = objections or {}
        self.pieces = list(answer)

    def may_see_rows(self, request: Request) -> bool:
        """Nobody is there to see them."""
        return False

    def decide(self, state: State) -> Turn:
        """The next turn of the script, then those of the playbook."""
        if not self.turns:
            return Playbook().decide(state)
        turn = self.turns.pop(0)
        if isinstance(turn, ModelFailed):
            raise turn
        return turn

    def recommend(self, state: State) -> list[Recommendation]:
        """The recommendations of the script."""
        return self.recommendations

    def criticize(self, recommendation: Recommendation, state: State) -> str:
        """The objection of the script to this recommendation."""
        return self.objections.get(recommendation.id, "")

    def answer(self, state: State) -> Iterator[str]:
        """The answer of the script."""
        yield from self.pieces


SHOWN = 12
"""How many findings of a call an answer without a model names."""


def told(made: Made) -> str:
    """What a call had to say: its summary, and its findings, the worst first."""
    if made.result is None:
        return made.refused
    every = sorted(made.result.findings, key=lambda f: SEVERITIES.index(f.severity))
    lines = [f"{f.severity}: {f.title}: {f.object}: {f.detail}" for f in every[:SHOWN]]
    more = [f"({len(every) - SHOWN} more findings)"] if len(every) > SHOWN else []
    return "\n".join([made.result.summary, *lines, *more])


def calls_left(state: State, limit: int) -> int:
    """How many calls a model may still ask for beyond the steps of the deliverables."""
    planned = leave.planned(state["request"])
    return limit - sum(1 for m in state.get("made", []) if m.call not in planned)
