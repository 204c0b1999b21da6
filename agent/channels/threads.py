"""What a server remembers beyond its end: conversations, reviews, and which requests it has already taken."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from dbengineer.agent.state import Report
from dbengineer.tools.facts import DELIVERABLES, DeliverableId, Fact

if TYPE_CHECKING:
    from langgraph.store.base import BaseStore

TOLD = 4000
"""How many characters of what was said before a model is told."""
MOST = 500
"""How many things said of one conversation are given out: the newest."""
SEEN_FOR = timedelta(hours=2)
"""How long a request is known again; signatures older than five minutes are refused anyway."""


class Said(Fact):
    """One thing that was said: by a person or client, or by the engineer (`by` is empty then)."""

    text: str
    by: str = ""
    at: datetime
    model: bool = False
    """Whether a model said it; what the tools said may hold values that no model has seen."""
    evidence: tuple[str, ...] = ()
    review: str = ""
    unanswered: bool = False
    """Whether this only says why there is no answer."""


class Thread(Fact):
    """A conversation about one database."""

    id: str
    owner: str
    database: str
    channel: str
    begun: datetime
    last: datetime | None = None
    """When the last word was said in it."""
    said: tuple[Said, ...] = ()


class Job(Fact):
    """A review: how far it is, and when it has ended its report and where its page is."""

    id: str
    status: Literal["running", "ended", "failed"]
    database: str = ""
    by: str = ""
    channel: str = "http"
    thread: str = ""
    """The conversation in which it was asked for."""
    deliverables: tuple[DeliverableId, ...] = DELIVERABLES
    rows: bool = True
    """Whether rows may be shown where it was asked for."""
    folder: str = ""
    doing: str = ""
    looked_at: int = 0
    proven: int = 0
    because: str = ""
    page: str = ""
    report: Report | None = None


class Underway(Fact):
    """A question that is being answered, and the server that is at it."""

    id: str
    thread: str
    server: str


class Archive:
    """Keeps them in a store, which several servers may share; safe to use from several threads."""

    def __init__(self, store: BaseStore) -> None:
        self._store = store
        self._lock = threading.Lock()

    def begin(self, owner: str, database: str, channel: str, name: str = "") -> Thread:
        """A new conversation, or the one of that name."""
        if name and (held := self.find(name)) is not None:
            return held
        name = name or uuid.uuid4().hex
        now = datetime.now(UTC)
        thread = Thread(id=name, owner=owner, database=database, channel=channel, begun=now, last=now)
        self._store.put(("threads",), name, thread.model_dump(mode="json"))
        return thread

    def find(self, name: str) -> Thread | None:
        """A conversation with what was said in it, oldest first."""
        item = self._store.get(("threads",), name)
        if item is None:
            return None
        every = self._store.search(("said", name), limit=MOST)
        lines = sorted((i for i in every if i.namespace == ("said", name)), key=lambda i: i.key)
        return Thread.model_validate(item.value | {"said": [i.value for i in lines]})

    def add(self, name: str, text: str, **more: Any) -> None:
        """Adds one thing said to a conversation; to one that was deleted meanwhile, nothing."""
        said = Said(text=text, at=datetime.now(UTC), **more)
        key = f"{said.at:%Y%m%d%H%M%S%f}-{uuid.uuid4().hex[:8]}"
        with self._lock:
            if held := self._store.get(("threads",), name):
                self._store.put(("said", name), key, said.model_dump(mode="json"))
                self._store.put(("threads",), name, held.value | {"last": said.model_dump(mode="json")["at"]})

    def delete(self, name: str) -> None:
        """Deletes a conversation with all that was said in it; the reports of its reviews stay."""
        with self._lock:
            self._store.delete(("threads",), name)
            while lines := [i for i in self._store.search(("said", name), limit=MOST) if i.namespace == ("said", name)]:
                for line in lines:
                    self._store.delete(line.namespace, line.key)

    def take(self, thread: str, server: str) -> Underway:
        """Writes down that a server is at the answer to the last question of a conversation."""
        work = Underway(id=uuid.uuid4().hex, thread=thread, server=server)
        self._store.put(("underway",), work.id, work.model_dump())
        return work

    def leave(self, work: Underway) -> None:
        """The same is answered, or it was said why not."""
        self._store.delete(("underway",), work.id)

    def underway(self) -> list[Underway]:
        """What servers are at, those too that are gone."""
        return [Underway.model_validate(item.value) for item in self._store.search(("underway",), limit=1000)]

    def note(self, job: Job) -> None:
        """Writes down how far a review is; its report lies in its folder."""
        self._store.put(("reviews",), job.id, job.model_dump(mode="json", exclude={"report"}))

    def job(self, name: str) -> Job | None:
        """A review by its id."""
        item = self._store.get(("reviews",), name)
        return Job.model_validate(item.value) if item else None

    def unfinished(self) -> list[Job]:
        """The reviews that nobody has ended."""
        found = self._store.search(("reviews",), filter={"status": "running"}, limit=100)
        return [Job.model_validate(item.value) for item in found]

    def first_time(self, *marks: str) -> bool:
        """Whether none of the marks of a request was seen before; they are from now on."""
        with self._lock:
            if any(self._store.get(("seen",), mark) for mark in marks):
                return False
            for mark in marks:
                self._store.put(("seen",), mark, {"at": datetime.now(UTC).isoformat()})
        return True

    def forget(self, days: int | None = None) -> None:
        """Forgets the requests that are too old to come again, and conversations that were silent for so many days."""
        if days is not None:
            self._forget_threads((datetime.now(UTC) - timedelta(days=days)).isoformat())
        before = (datetime.now(UTC) - SEEN_FOR).isoformat()
        while old := self._store.search(("seen",), filter={"at": {"$lt": before}}, limit=500):
            for item in old:
                self._store.delete(("seen",), item.key)

    def _forget_threads(self, before: str) -> None:
        while old := self._store.search(("threads",), filter={"last": {"$lt": before}}, limit=100):
            for item in old:
                self.delete(item.key)


def earlier(thread: Thread | None) -> str:
    """What a model is told of a conversation: the end of it, and of the tools' answers only that they were given."""
    lines: list[str] = []
    left = TOLD
    for said in reversed(thread.said if thread else ()):
        text = f"asked: {said.text}" if said.by else f"answered: {_told(said)}"
        left -= len(text)
        if left < 0:
            break
        lines.append(text)
    return "\n".join(reversed(lines))


def _told(said: Said) -> str:
    """What a model is told of an answer."""
    if said.unanswered:
        return "(not at all)"
    return said.text if said.model else "(by the tools)"
