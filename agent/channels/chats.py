"""What Slack and Mattermost have in common: who asks in which channel, and an answer that is put together."""

from __future__ import annotations

import hashlib
import html
import time
from collections.abc import Callable
from typing import Any

from dbengineer.agent import view
from dbengineer.agent.channels.asking import Asker, Busy, Kind, NotAllowed, NotThere, Question
from dbengineer.agent.channels.office import Office
from dbengineer.agent.configuration import BOTH, Channel
from dbengineer.agent.running import NotUnderstood
from dbengineer.tools.toolbox import ToolError

EVERY = 2.0
"""Seconds between two words of progress."""
SMART = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " "})
REFUSALS = (Busy, NotAllowed, NotThere, NotUnderstood, ToolError)


def asker(kind: str, channels: dict[str, Channel], approvers: tuple[str, ...], where: str, who: str) -> Asker:
    """Who asks in a channel; raises NotAllowed for one that is not configured."""
    if where not in channels:
        raise NotAllowed(f"channel {where} is not answered; name its database under [{kind}.channels.{where}]")
    channel = channels[where]
    return Asker(
        name=f"{kind}:{who}",
        channel=kind,
        roles=BOTH if who in approvers else ("read",),
        databases=(channel.database,),
        rows=channel.rows,
        circle=f"{kind}:{where}",
    )


def written(text: str) -> str:
    """What a person wrote, before the chat put entities and typographic quotes into it."""
    return html.unescape(text).translate(SMART).strip()


def conversation(*place: str) -> str:
    """The name of the conversation at a place of a chat."""
    return hashlib.sha256(" ".join(place).encode()).hexdigest()[:32]


class Reply:
    """Puts an answer together; `progress` hears what is going on, `end` the whole, each as text that may be shown."""

    def __init__(self, asker: Asker, progress: Callable[[str], None], end: Callable[[Reply], None]) -> None:
        self.asker = asker
        self._progress = progress
        self._end = end
        self._pieces: list[str] = []
        self._told = time.monotonic()
        self.offers: list[dict[str, Any]] = []
        self.reason = ""

    @property
    def text(self) -> str:
        """The answer, or why there is none."""
        return self.shown(self.reason or "".join(self._pieces) or "Nothing was found.")

    def shown(self, text: str) -> str:
        """A text as it may stand in the channel: without literals where rows may not be shown, nothing hidden in it."""
        return view.View(rows=self.asker.rows).text(text)

    def sql(self, text: str) -> str:
        """SQL as it may stand in the channel."""
        return view.View(rows=self.asker.rows).sql(text)

    def tell(self, kind: Kind, data: dict[str, Any]) -> None:
        """Takes an event of the office."""
        if kind == "delta":
            self._pieces.append(data["text"])
        elif kind == "approval":
            self.offers.append(data)
        elif kind == "step" and time.monotonic() - self._told >= EVERY:
            self._told = time.monotonic()
            self._progress(self.shown(data["text"]))
        elif kind in ("done", "error"):
            self.reason = data.get("reason", "")
            self._end(self)

    def ask(self, office: Office, text: str, named: str) -> None:
        """Has the office answer; a refusal is the answer then."""
        try:
            office.ask(self.asker, Question(text=text, named=named), self.tell)
        except REFUSALS as error:
            self.tell("error", {"reason": str(error)})
