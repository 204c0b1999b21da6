"""A server of models that takes a known time for each answer: it looks at the sizes once, and then answers."""

from __future__ import annotations

import json
import time
from typing import Any

from dbengineer.evals.model_server import Answer, ModelServer, streamed, whole

NAME = "scripted"
LOOK = {"thought": "the sizes tell", "call": {"tool": "disk_space", "args": {}}}
"""Its only decision; the route takes the same one twice for being done."""
ANSWER = ("The largest tables ", "are those ", "that were looked up.")


class SlowModel(ModelServer):
    """Waits so many seconds before each answer."""

    def __init__(self, delay: float) -> None:
        super().__init__()
        self.delay = delay

    def answer(self, asked: dict[str, Any], authorization: str) -> Answer:
        """A decision, or the answer where it is to come in pieces."""
        time.sleep(self.delay)
        return streamed([*ANSWER, "stop"]) if asked.get("stream") else whole(json.dumps(LOOK))
