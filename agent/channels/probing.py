"""At start the server finds out how its model decides, so that `/readyz` says it and no question has to wait for it."""

from __future__ import annotations

import logging
import threading

from dbengineer.agent.settings import Settings
from dbengineer.agent.wire import Way, Ways

WAYS: dict[Way, str] = {"tools": "by native tool calls", "schema": "by a plan in JSON of a schema"}
NONE = "no model is configured: commands are understood, questions are not"


class Probe:
    """One try in the background; the server is ready without it, and whatever goes wrong is only told."""

    def __init__(self, settings: Settings, ways: Ways) -> None:
        self._settings = settings
        self._ways = ways
        self._failed = ""

    def begin(self) -> None:
        """Begins to try."""
        threading.Thread(target=self._try, daemon=True).start()

    @property
    def told(self) -> dict[str, str]:
        """The model and its way of deciding, or why neither is known; a later answer may have shown the way."""
        if not self._settings.model:
            return {"model": "none", "decides": NONE}
        way = self._ways.of(self._settings.model)
        return {"model": self._settings.model, "decides": WAYS[way] if way else self._failed or "not known yet"}

    def _try(self) -> None:
        from dbengineer.agent.graph import asking

        asking()  # what is imported and compiled here, the first question need not wait for
        if not self._settings.has_model:
            return
        from dbengineer.agent.model import ModelFailed
        from dbengineer.agent.openai_model import OpenAIModel

        try:
            OpenAIModel(self._settings, ways=self._ways).probe()
        except Exception as error:  # what is unforeseen may hold the address of the model
            why = str(error) if isinstance(error, ModelFailed) else type(error).__name__
            self._failed = f"the probe failed: {why}"
            logging.getLogger("uvicorn.error").warning("the model: %s", self._failed)
