"""A server of models that replies in order from a script."""

from __future__ import annotations

import json
from typing import Any

from dbengineer.evals.model_server import END, Answer, ModelServer, completion, stream


class ScriptedServer(ModelServer):
    """It keeps what it was asked; a reply is a message, a list of pieces, or what makes one."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, Any]] = []
        self.replies: list[tuple[int, Any]] = []
        self.headers: dict[str, str] = {}
        self.cut = 0
        """How many bytes that were announced never come."""

    def answer(self, asked: dict[str, Any], authorization: str) -> Answer:
        """The next reply of the script."""
        self.asked.append(asked)
        status, reply = self.replies.pop(0)
        if callable(reply):
            reply = reply()
        pieces = isinstance(reply, list)
        data = stream(reply) if pieces else json.dumps(reply).encode()
        data = data.removesuffix(END) if self.cut else data
        return Answer(data, "text/event-stream" if pieces else "application/json", status, self.headers, self.cut)

    def says(self, content: str | None, finish_reason: str = "stop", **more: Any) -> None:
        """The next reply is this message."""
        self.replies.append((200, completion(content, finish_reason, **more)))

    @property
    def last_prompt(self) -> str:
        """What the model was told last."""
        return str(self.asked[-1]["messages"][-1]["content"])
