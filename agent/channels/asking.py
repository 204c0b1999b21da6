"""The words between the office and its channels: who asks what, how an answer is told, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from dbengineer.agent.configuration import Role
from dbengineer.tools.facts import Fact

Kind = Literal["thread", "step", "delta", "evidence", "approval", "error", "done"]
Tell = Callable[[Kind, dict[str, Any]], None]
"""Takes the events of an answer, from the thread of the work; raises Stopped when nobody listens any more."""


class Busy(Exception):
    """Too much is being done already."""


class NotThere(Exception):
    """A database, a conversation, a review or a file that there is not, or not for who asks."""


class NotAllowed(Exception):
    """Something that who asks has no leave for."""


class Stopped(BaseException):
    """Nobody waits for the work any more: the client hung up, or the server ends."""


class Asker(Fact):
    """Who asks, on which channel, and what they may."""

    name: str
    channel: str = "http"
    roles: tuple[Role, ...] = ("read",)
    databases: tuple[str, ...] = ()
    rows: bool = True
    """Whether rows may be shown where the answer goes."""
    circle: str = ""
    """Those who share their conversations, such as the people in a channel; each has their own otherwise."""

    def reaches(self, database: str) -> bool:
        """Whether they may ask about a database."""
        return not self.databases or database in self.databases


class Question(Fact):
    """What is asked: in which conversation, about which database."""

    text: str
    thread: str = ""
    database: str = ""
    earlier: str = ""
    """What was said before, where the client keeps the conversation."""
    named: str = ""
    """The conversation to go on with, or to begin where there is none of this name."""
