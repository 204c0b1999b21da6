"""The OpenAI-compatible form of the chat, so that clients that speak it work unchanged."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dbengineer.agent.channels.asking import Question
from dbengineer.tools.facts import Fact

PREFIX = "dbengineer"
LONGEST = 8000
"""How many characters a question may have."""
EARLIER = 4000
"""How many characters of the messages before it are told to a model."""


class Part(BaseModel):
    """A part of a message; only text is read."""

    model_config = ConfigDict(extra="ignore")
    type: str
    text: str = ""


class Message(BaseModel):
    """A message of a conversation that the client keeps; what else it holds is left unread."""

    model_config = ConfigDict(extra="ignore")
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """Its text."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class StreamOptions(BaseModel):
    """What is sent with a stream."""

    model_config = ConfigDict(extra="ignore")
    include_usage: bool = Field(default=False, strict=True)


class Completing(BaseModel):
    """A chat completion that is asked for; parameters of sampling are taken and change nothing."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={"examples": [{"model": "dbengineer", "messages": [{"role": "user", "content": "indexes"}]}]},
    )
    model: str = Field(max_length=100)
    messages: list[Message] = Field(min_length=1, max_length=500)
    stream: bool = Field(default=False, strict=True)
    stream_options: StreamOptions | None = None

    @property
    def database(self) -> str:
        """The database that the name of the model names: `dbengineer/shop`, or none."""
        return self.model.removeprefix(PREFIX).removeprefix("/")

    def question(self) -> Question:
        """The last thing that the user said, with what was said before; the commands where there is none.

        Raises ValueError where it is too long.
        """
        asked = next((n for n in reversed(range(len(self.messages))) if self.messages[n].role == "user"), None)
        if asked is None or not self.messages[asked].text.strip():
            return Question(text="help", database=self.database)
        text = self.messages[asked].text
        if len(text) > LONGEST:
            raise ValueError(f"the last message has more than {LONGEST} characters")
        # What the assistant said may hold values that the tools showed: a model is told of the user's words alone.
        before = "\n".join(f"asked: {m.text}" for m in self.messages[:asked] if m.role == "user")
        return Question(text=text, database=self.database, earlier=before[-EARLIER:])


class Choice(Fact):
    """The answer."""

    index: int = 0
    message: dict[str, str]
    finish_reason: Literal["stop"] = "stop"


class Usage(Fact):
    """Tokens are not counted here: the answer may be the tools' own."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class Completion(Fact):
    """A whole answer."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: tuple[Choice, ...]
    usage: Usage = Usage()


class Completed:
    """Writes one answer in the form of a completion, whole or in chunks."""

    def __init__(self, model: str) -> None:
        self.id = f"chatcmpl-{uuid.uuid4().hex}"
        self.model = model
        self.created = int(time.time())

    def whole(self, text: str) -> Completion:
        """The whole of it."""
        choice = Choice(message={"role": "assistant", "content": text})
        return Completion(id=self.id, created=self.created, model=self.model, choices=(choice,))

    def chunk(self, delta: dict[str, str], finish: str | None = None) -> str:
        """A piece of it."""
        return self._event([{"index": 0, "delta": delta, "finish_reason": finish}])

    def usage(self) -> str:
        """The last piece where the client wants to know the usage."""
        return self._event([], usage=Usage().model_dump())

    def _event(self, choices: list[dict[str, Any]], **more: Any) -> str:
        held = {"id": self.id, "object": "chat.completion.chunk", "created": self.created, "model": self.model}
        return f"data: {json.dumps(held | {'choices': choices} | more)}\n\n"


END = "data: [DONE]\n\n"
PATH = "/v1/chat/completions"


class Wrong(Fact):
    """What was wrong."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class Failure(Fact):
    """An error as these clients read it."""

    error: Wrong


def failure(status: int, said: str) -> dict[str, Any]:
    """An error for these clients."""
    kinds = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
    kind = kinds.get(status, "invalid_request_error" if status < 500 else "server_error")
    return Failure(error=Wrong(message=said, type=kind)).model_dump()


def models(databases: list[str]) -> dict[str, Any]:
    """The databases as models."""
    names = [f"{PREFIX}/{name}" for name in databases]
    return {
        "object": "list",
        "data": [{"id": name, "object": "model", "created": 0, "owned_by": PREFIX} for name in names],
    }
