"""The openai adapter: any OpenAI-compatible server behind the joint, asked for JSON of a schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from dbengineer import prompts
from dbengineer.agent import leave, view
from dbengineer.agent.model import ModelFailed, calls_left
from dbengineer.agent.settings import Settings
from dbengineer.agent.state import Call, Request, State, Turn, verdict
from dbengineer.tools import recommending, toolbox
from dbengineer.tools.facts import DeliverableId, Fact, Recommendation

if TYPE_CHECKING:
    from openai import OpenAI

TOKENS = 1200
"""How long an answer may be, in tokens; a cut answer is a failed one."""


OBJECTION = 300
"""How long an objection may be, in characters."""

Messages = list[dict[str, str]]


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

    def __init__(self, settings: Settings, client: OpenAI | None = None) -> None:
        self.settings = settings
        self.name = settings.model or ""
        self._client = client

    @property
    def client(self) -> OpenAI:
        """The connection, made when first used because importing the library takes half a second."""
        if self._client is None:
            from openai import OpenAI

            key = self.settings.api_key.get_secret_value() if self.settings.api_key else "none"
            self._client = OpenAI(
                api_key=key, base_url=self.settings.base_url, timeout=self.settings.model_seconds, max_retries=2
            )
        return self._client

    def decide(self, state: State) -> Turn:
        """One call of a tool, or none; raises ModelFailed."""
        left = calls_left(state, self.settings.model_calls)
        if left <= 0:
            return Turn(thought="the budget of calls is used up")
        request = state["request"]
        allowed = leave.tools(self.may_see_rows(request))
        asked = request.text or ", ".join(request.deliverables)
        prompt = self._prompt(
            "decide",
            state,
            asked=view.visible(asked),
            tools=[(name, toolbox.description(name)) for name in allowed],
            seen=self.view(state).seen(state),
            left=left,
        )
        chosen = self._json(prompt, "turn", turn_schema(allowed))
        call = chosen.get("call") or {}
        made = [m.call for m in state.get("made", [])]
        wanted = Call(tool=str(call.get("tool", "done")), args=call.get("args") or {})
        again = wanted in made or wanted.tool == "done"
        return Turn(calls=() if again else (wanted,), thought=str(chosen.get("thought", "")))

    def recommend(self, state: State) -> list[Recommendation]:
        """The model's own proposals, each with the evidence it cites; raises ModelFailed."""
        refuted = [r for r in state.get("reviews", []) if r.recommendation in state.get("proposed", [])]
        reasons = [r.reason for r in refuted if verdict(state, r.recommendation) == "refuted"]
        shown = self.view(state)
        prompt = self._prompt("recommend", state, seen=shown.seen(state), refuted=shown.reasons(reasons, 2000))
        answer = self._json(prompt, "proposals", Proposals.model_json_schema())
        try:
            return [_recommendation(p) for p in Proposals.model_validate(answer).recommendations]
        except ValidationError as error:
            raise ModelFailed(f"its proposals do not fit the schema ({error.error_count()} errors)") from None

    def criticize(self, recommendation: Recommendation, state: State) -> str:
        """The model's objection, or nothing; raises ModelFailed."""
        proof = next((p for p in state.get("proofs", []) if p.recommendation == recommendation.id), None)
        shown = self.view(state)
        prompt = self._prompt("critic", state, recommendation=shown.change(recommendation), proof=shown.proof(proof))
        objection = self._json(prompt, "objection", Objection.model_json_schema()).get("objection", "")
        return view.defused(str(objection)).strip()[:OBJECTION]

    def answer(self, state: State) -> Iterator[str]:
        """The answer, streamed, without anything that a reader's program would load; raises ModelFailed."""
        question = view.visible(state["request"].text)
        prompt = self._prompt("answer", state, question=question, seen=self.view(state).seen(state))
        yield from view.defused_stream(self._streamed(prompt))

    def may_see_rows(self, request: Request) -> bool:
        """Whether the user has named this database as one whose rows a model may see."""
        return self.settings.shows_rows_of(request.server, request.database)

    def view(self, state: State) -> view.View:
        """What the model may see of this run."""
        return view.View(rows=self.may_see_rows(state["request"]))

    def _prompt(self, name: str, state: State, **fields: Any) -> Messages:
        """The messages of one question: what comes from the database stands in fences of a name made for it alone."""
        boundary = view.boundary()
        database = view.fenced(self.view(state).line(state["request"].database))
        told = prompts.fill(name, database=database, boundary=boundary, **fields)
        role = prompts.fill("role", boundary=boundary)
        return [{"role": "system", "content": role}, {"role": "user", "content": told}]

    def _streamed(self, messages: Messages) -> Iterator[str]:
        from openai import OpenAIError

        asked: Any = messages
        try:
            stream = self.client.chat.completions.create(
                model=self.name, messages=asked, max_tokens=TOKENS, stream=True
            )
            for chunk in stream:
                if chunk.choices and chunk.choices[0].delta.content:
                    yield chunk.choices[0].delta.content
        except OpenAIError as error:
            raise ModelFailed(_why(error)) from None

    def _json(self, messages: Messages, name: str, schema: dict[str, Any]) -> dict[str, Any]:
        import json

        from openai import OpenAIError

        asked: Any = messages
        wanted: Any = {"type": "json_schema", "json_schema": {"name": name, "schema": schema}}
        try:
            completion = self.client.chat.completions.create(
                model=self.name, messages=asked, max_tokens=TOKENS, temperature=0.1, response_format=wanted
            )
            choice = completion.choices[0]
        except (OpenAIError, IndexError) as error:
            raise ModelFailed(_why(error)) from None
        if choice.finish_reason == "length":
            raise ModelFailed("its answer was cut off")
        try:
            answer = json.loads(choice.message.content or "")
        except ValueError:
            raise ModelFailed("its answer is not JSON") from None
        if not isinstance(answer, dict):
            raise ModelFailed("its answer is not an object")
        return answer


def turn_schema(allowed: Sequence[str]) -> dict[str, Any]:
    """The JSON schema of a decision: a thought and one call, of a tool with its own arguments or "done"."""
    calls = [_call_schema("done", {"type": "object", "properties": {}, "additionalProperties": False})]
    shared: dict[str, Any] = {}  # references are looked up at the root
    for name in allowed:
        args = toolbox.tools()[name].Args.model_json_schema()
        shared |= args.pop("$defs", {})
        calls.append(_call_schema(name, args))
    thought = {"type": "string", "maxLength": 200}
    return {
        "type": "object",
        "properties": {"thought": thought, "call": {"anyOf": calls}},
        "required": ["thought", "call"],
        "additionalProperties": False,
        "$defs": shared,
    }


def _call_schema(name: str, args: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"tool": {"const": name}, "args": args},
        "required": ["tool", "args"],
        "additionalProperties": False,
    }


def _recommendation(proposed: Proposed) -> Recommendation:
    kind = recommending.kind_of(proposed.sql)
    return Recommendation(
        id=Recommendation.name(kind, proposed.sql),
        kind=kind,
        **proposed.model_dump() | {"title": view.defused(proposed.title), "why": view.defused(proposed.why)},
    )


def _why(error: Exception) -> str:
    status = getattr(error, "status_code", None)
    return type(error).__name__ + (f", HTTP status {status}" if status else "")
