"""The wire to an OpenAI-compatible server: a question, a usable answer or a ModelFailed; and what a run may cost."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from dbengineer.agent.model import ModelFailed
from dbengineer.agent.settings import Settings

if TYPE_CHECKING:
    from openai import OpenAI

TOKENS = 1200
"""How long an answer may be, in tokens; a cut answer is a failed one."""
CHARACTERS = 3.5
"""How many characters a token has, where a server does not count them; a low guess, so that too many are counted."""
UNKNOWN = (400, 404, 415, 422, 501)
"""What a server says that does not know a part of the protocol."""
FENCE = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL)

Messages = list[dict[str, str]]
Way = Literal["schema", "tools"]
"""How a model decides: by a plan in JSON of a schema, or by the protocol's own calls of tools."""


class Unfit(ModelFailed):
    """The model or its server does not know this way of answering; another one may do."""


class Ways:
    """What is kept from run to run: the connection, and which way each model has shown to be able to go."""

    def __init__(self) -> None:
        self._known: dict[str, Way] = {}
        self._client: OpenAI | None = None
        self._lock = threading.Lock()

    def client(self, settings: Settings) -> OpenAI:
        """The connection, made when first used because importing the library takes half a second."""
        with self._lock:
            if self._client is None:
                from openai import OpenAI

                key = settings.api_key.get_secret_value() if settings.api_key else "none"
                limit = settings.model_seconds
                self._client = OpenAI(api_key=key, base_url=settings.base_url, timeout=limit, max_retries=2)
            return self._client

    def of(self, model: str) -> Way | None:
        """The way of a model, once it is known."""
        return self._known.get(model)

    def learn(self, model: str, way: Way) -> None:
        """Remembers the way of a model."""
        self._known[model] = way


class Budget:
    """What one run may take of a model: tokens, and seconds of waiting; a last answer is let through beyond it."""

    def __init__(self, tokens: int, seconds: float) -> None:
        self.tokens = tokens
        self.seconds = seconds
        self.used = 0
        self.waited = 0.0

    @property
    def spent(self) -> str:
        """What is used up, or nothing."""
        if self.used >= self.tokens:
            return f"the budget of {self.tokens} tokens is used up"
        if self.waited >= self.seconds:
            return f"the budget of {self.seconds:g} seconds is used up"
        return ""

    def left(self, most: float) -> float:
        """The seconds that an answer may still take, at most so many; a last one gets a quarter of them."""
        return min(most, max(self.seconds - self.waited, most / 4))

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Counts the time that is spent inside."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.waited += time.monotonic() - began

    def take(self, messages: Messages, answer: str, counted: int | None = None) -> None:
        """Counts a question and its answer: what the server has counted, or a guess."""
        guess = sum(len(m["content"]) for m in messages) + len(answer)
        self.used += counted or round(guess / CHARACTERS)


class Wire:
    """Asks one model at one server."""

    def __init__(self, settings: Settings, client: OpenAI | None = None, ways: Ways | None = None) -> None:
        self.settings = settings
        self.name = settings.model or ""
        self.ways = ways or Ways()
        self.budget = Budget(settings.model_tokens, settings.model_run_seconds)
        self._client = client

    @property
    def client(self) -> OpenAI:
        """The connection."""
        return self._client or self.ways.client(self.settings)

    def json(self, messages: Messages, name: str, schema: dict[str, Any]) -> dict[str, Any]:
        """An object of a schema; where the server cannot hold the model to it, the model is told it (ModelFailed)."""
        if self.ways.of(self.name) == "tools":
            wish = f"Answer with JSON of this schema and nothing else: {json.dumps(schema)}"
            return _object(self._asked([*messages, {"role": "user", "content": wish}]))
        wanted = {"type": "json_schema", "json_schema": {"name": name, "schema": schema}}
        return _object(self._asked(messages, response_format=wanted, temperature=0.1))

    def call(self, messages: Messages, tools: list[dict[str, Any]]) -> dict[str, Any]:
        """A call by the protocol's own means, as {"tool", "args"}; `done` when it calls none. Raises ModelFailed."""
        message = self._asked(messages, tools=tools, tool_choice="auto")
        if message.tool_calls:
            wanted = message.tool_calls[0].function
            return {"tool": wanted.name, "args": _parsed(wanted.arguments or "{}")}
        if self.ways.of(self.name) == "tools":
            return {"tool": "done", "args": {}}
        written = _object(message)  # small models write the call instead of making it
        if "name" not in written:
            raise Unfit("it called no tool")
        return {"tool": written["name"], "args": written.get("arguments") or {}}

    def stream(self, messages: Messages) -> Iterator[str]:
        """The answer piece by piece; one that is cut says so at its end. Raises ModelFailed."""
        from openai import OpenAIError

        asked: Any = messages
        ends = time.monotonic() + self._seconds()
        given: list[str] = []
        finish = ""
        try:
            with self._asking.chat.completions.create(
                model=self.name, messages=asked, max_tokens=TOKENS, stream=True, timeout=self._seconds()
            ) as stream:
                for chunk in stream:
                    if not chunk.choices:
                        continue
                    choice = chunk.choices[0]
                    finish = choice.finish_reason or finish
                    if getattr(choice.delta, "refusal", None):
                        raise ModelFailed("it refused to answer")
                    if choice.delta.content:
                        given.append(choice.delta.content)
                        yield choice.delta.content
                    if time.monotonic() > ends:
                        finish = "time"
                        break
        except OpenAIError as error:
            raise ModelFailed(_why(error)) from None
        self.budget.take(messages, "".join(given))
        yield _ending(finish, any(piece.strip() for piece in given))

    def _asked(self, messages: Messages, **wanted: Any) -> Any:
        """The message that answers; raises ModelFailed."""
        from openai import APIStatusError, OpenAIError

        asked: Any = messages
        try:
            with self.budget.waiting():
                completion = self._asking.chat.completions.create(
                    model=self.name, messages=asked, max_tokens=TOKENS, timeout=self._seconds(), **wanted
                )
            choice = completion.choices[0]
        except APIStatusError as error:
            raise (Unfit if error.status_code in UNKNOWN else ModelFailed)(_why(error)) from None
        except (OpenAIError, IndexError, TypeError) as error:
            raise ModelFailed(_why(error)) from None
        counted = completion.usage.total_tokens if completion.usage else None
        self.budget.take(messages, choice.message.content or "", counted)
        if getattr(choice.message, "refusal", None):
            raise ModelFailed("it refused to answer")
        if choice.finish_reason == "content_filter":
            raise ModelFailed("its server held the answer back")
        if choice.finish_reason == "length":
            raise ModelFailed("its answer was cut off")
        return choice.message

    @property
    def _asking(self) -> OpenAI:
        """The connection; the last moments are not spent on trying again."""
        return self.client.with_options(max_retries=0) if self.budget.spent else self.client

    def _seconds(self) -> float:
        return self.budget.left(self.settings.model_seconds)


def _ending(finish: str, given: bool) -> str:
    """What stands under a streamed answer that did not come to its end."""
    if not given:
        raise ModelFailed("its answer was empty" if finish == "stop" else "its answer broke off before it began")
    if finish in ("length", "time"):
        return "\n(The answer was cut here: it is at its limit.)\n"
    if finish == "content_filter":
        return "\n(The answer was cut here by the model's server.)\n"
    return "" if finish else "\n(The answer broke off here.)\n"


def _object(message: Any) -> dict[str, Any]:
    """The object that a message holds, also in a fence; raises Unfit."""
    content = (message.content or "").strip()
    fence = FENCE.search(content)
    answer = _parsed(fence[1] if fence else content)
    if not isinstance(answer, dict):
        raise Unfit("its answer is not an object")
    return answer


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Unfit("its answer is not JSON") from None


def _why(error: Exception) -> str:
    status = getattr(error, "status_code", None)
    return type(error).__name__ + (f", HTTP status {status}" if status else "")
