"""The openai adapter: any OpenAI-compatible server behind the joint, asked for JSON of a schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from dbengineer import prompts
from dbengineer.agent import briefing, choices, leave, view
from dbengineer.agent.choices import Choice
from dbengineer.agent.model import ModelFailed, calls_left
from dbengineer.agent.settings import Settings
from dbengineer.agent.state import Call, Request, State, Turn, verdict
from dbengineer.agent.wire import Messages, Unfit, Ways, Wire
from dbengineer.tools import recommending
from dbengineer.tools.facts import DeliverableId, Fact, Recommendation

if TYPE_CHECKING:
    from openai import OpenAI

PROBE, PROBED = "Which tables are the largest?", ("size", "workload")
"""What is asked to learn how a model decides, and the tools that it may choose from: few, so that it is fast."""
OBJECTION = 300
"""How long an objection may be, in characters."""


class Proposed(Fact):
    """One change that the model proposes."""

    deliverable: DeliverableId
    title: str = Field(max_length=120)
    why: str = Field(max_length=400)
    sql: str = Field(max_length=2000)
    undo: str = Field(max_length=2000)
    evidence: tuple[str, ...]


class Proposals(Fact):
    """The changes that the model proposes."""

    recommendations: tuple[Proposed, ...]


class Objection(Fact):
    """What the critic has against a change; empty when nothing."""

    objection: str = Field(max_length=OBJECTION)


class OpenAIModel:
    """A model at an OpenAI-compatible server."""

    def __init__(self, settings: Settings, client: OpenAI | None = None, ways: Ways | None = None) -> None:
        self.settings = settings
        self.name = settings.model or ""
        self.wire = Wire(settings, client, ways)
        self._stopped = ""

    @property
    def client(self) -> OpenAI:
        """The connection."""
        return self.wire.client

    def decide(self, state: State) -> Turn:
        """One call of a tool, or none; raises ModelFailed."""
        left = calls_left(state, self.settings.model_calls)
        spent = "" if left > 0 else f"the budget of {self.settings.model_calls} calls is used up"
        self._stopped = spent or self.wire.budget.spent
        if self._stopped:
            return Turn(thought=self._stopped)
        request = state["request"]
        offered = _willing(choices.choices(leave.tools(self.may_see_rows(request))), state)
        wanted, thought = self._chosen(self._deciding(state, offered, left), offered)
        made = [m.call for m in state.get("made", [])]
        again = wanted in made or wanted.tool == "done"
        return Turn(calls=() if again else (wanted,), thought=thought)

    def probe(self) -> None:
        """Finds out which way of deciding the model can go, by a decision without effect; raises ModelFailed."""
        offered = choices.choices(PROBED)
        state: State = {"request": Request(text=PROBE, deliverables=())}
        self._chosen(self._deciding(state, offered, 1), offered)

    def _deciding(self, state: State, offered: Sequence[Choice], left: int) -> Messages:
        """The question which tool comes next."""
        request = state["request"]
        asked = request.text or ", ".join(request.deliverables)
        return self._prompt(
            "decide",
            state,
            asked=view.visible(asked),
            earlier=self._earlier(request),
            seen=self.view(state).seen(state, limit=view.GLANCE),
            left=left,
            offered=offered,
        )

    def _chosen(self, prompt: Messages, offered: Sequence[Choice]) -> tuple[Call, str]:
        """The call that was chosen and why; the first decision finds out which way the model can go."""
        ways = self.wire.ways
        if ways.of(self.name) != "tools":
            try:
                chosen = self.wire.json(prompt, "turn", choices.schema(offered))
                call = _call(chosen.get("call"), offered)
                ways.learn(self.name, "schema")
                return call, str(chosen.get("thought", ""))[:200]
            except Unfit:
                if ways.of(self.name) == "schema":
                    raise
        call = _call(self.wire.call(prompt, choices.functions(offered)), offered)
        ways.learn(self.name, "tools")
        return call, ""

    def recommend(self, state: State) -> list[Recommendation]:
        """The model's own proposals, each with the evidence it cites; raises ModelFailed."""
        refuted = [r for r in state.get("reviews", []) if r.recommendation in state.get("proposed", [])]
        reasons = [r.reason for r in refuted if verdict(state, r.recommendation) == "refuted"]
        shown = self.view(state)
        prompt = self._prompt("recommend", state, seen=shown.seen(state), refuted=shown.reasons(reasons, 2000))
        if self.wire.budget.spent:
            return []
        answer = self.wire.json(prompt, "proposals", Proposals.model_json_schema())
        try:
            return [_recommendation(p) for p in Proposals.model_validate(answer).recommendations]
        except ValidationError as error:
            raise ModelFailed(f"its proposals do not fit the schema ({error.error_count()} errors)") from None

    def criticize(self, recommendation: Recommendation, state: State) -> str:
        """The model's objection, or nothing; raises ModelFailed."""
        proof = next((p for p in state.get("proofs", []) if p.recommendation == recommendation.id), None)
        shown = self.view(state)
        prompt = self._prompt("critic", state, recommendation=shown.change(recommendation), proof=shown.proof(proof))
        if self.wire.budget.spent:
            return ""
        objection = self.wire.json(prompt, "objection", Objection.model_json_schema()).get("objection", "")
        return view.defused(str(objection)).strip()[:OBJECTION]

    def answer(self, state: State) -> Iterator[str]:
        """The answer, streamed, without anything that a reader's program would load; raises ModelFailed."""
        request = state["request"]
        question, seen = view.visible(request.text), self.view(state).seen(state)
        prompt = self._prompt("answer", state, question=question, earlier=self._earlier(request), seen=seen)
        yield from view.defused_stream(self.wire.stream(prompt))
        if self._stopped:
            yield f"\n({self._stopped[0].upper()}{self._stopped[1:]}: ask again to look further.)\n"

    def may_see_rows(self, request: Request) -> bool:
        """Whether the user has named this database as one whose rows a model may see."""
        return self.settings.shows_rows_of(request.server, request.database)

    def _earlier(self, request: Request) -> str:
        """What was said before in the conversation, as it may leave."""
        return view.fenced(view.visible(request.earlier))

    def view(self, state: State) -> view.View:
        """What the model may see of this run."""
        return view.View(rows=self.may_see_rows(state["request"]))

    def _prompt(self, name: str, state: State, *, offered: Sequence[Choice] = (), **fields: Any) -> Messages:
        """The messages of one question: what comes from the database stands in fences of a name made for it alone."""
        boundary = view.boundary()
        database = view.fenced(self.view(state).line(state["request"].database))
        told = prompts.fill(name, database=database, boundary=boundary, **fields)
        return [{"role": "system", "content": briefing.system(boundary, offered)}, {"role": "user", "content": told}]


def _willing(offered: list[Choice], state: State) -> list[Choice]:
    """The choices whose tool did not refuse twice already: a small model would go on asking it."""
    refused = Counter(m.call.tool for m in state.get("made", []) if m.refused)
    return [choice for choice in offered if choice.call.args or refused[choice.call.tool] < 2]


def _call(chosen: Any, offered: Sequence[Choice]) -> Call:
    """A call as it was chosen; raises Unfit where it is none."""
    try:
        named = Call.model_validate({"tool": "done", "args": {}} if chosen is None else chosen)
    except ValidationError:
        raise Unfit("it chose no call of a tool") from None
    return choices.call(offered, named.tool, named.args)


def _recommendation(proposed: Proposed) -> Recommendation:
    kind = recommending.kind_of(proposed.sql)
    return Recommendation(
        id=Recommendation.name(kind, proposed.sql),
        kind=kind,
        **proposed.model_dump() | {"title": view.defused(proposed.title), "why": view.defused(proposed.why)},
    )
