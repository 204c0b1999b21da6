"""The office behind the HTTP server: it serves one client at a time on the one configured database."""

from __future__ import annotations

import asyncio
import logging
import threading
import traceback
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dbengineer.agent import running
from dbengineer.agent.channels import opening, render
from dbengineer.agent.channels.console import explained
from dbengineer.agent.model import Model
from dbengineer.agent.settings import Settings
from dbengineer.agent.state import Options, Report, Request, State
from dbengineer.tools.facts import DeliverableId, Fact

if TYPE_CHECKING:
    from dbengineer.tools.target import Target
    from dbengineer.tools.workbench import Workbench

Kind = Literal["progress", "delta", "error", "done"]

PATIENCE = 10.0
"""Seconds that a client waits for its turn."""
FAREWELL = 2.0
"""Seconds that the work under way gets to stop in when the server ends."""
KEPT = 20
"""How many reviews are remembered; their folders stay."""


class Busy(Exception):
    """Somebody else is being served."""


class Stopped(BaseException):
    """Nobody waits for the work any more: the client hung up, or the server ends."""


class Job(Fact):
    """A review: how far it is, and when it has ended its report and where its page is."""

    id: str
    status: Literal["running", "ended", "failed"]
    doing: str = ""
    looked_at: int = 0
    proven: int = 0
    because: str = ""
    page: str = ""
    report: Report | None = None


class Answer:
    """An answer on its way: the work puts its pieces in, the client takes them out."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._pieces: asyncio.Queue[tuple[Kind, str]] = asyncio.Queue()
        self._hung_up = threading.Event()

    def put(self, kind: Kind, text: str) -> None:
        """Adds a piece, from the thread of the work; raises Stopped when nobody listens any more."""
        if self._hung_up.is_set():
            raise Stopped
        self._loop.call_soon_threadsafe(self._pieces.put_nowait, (kind, text))

    async def pieces(self) -> AsyncIterator[tuple[Kind, str]]:
        """The pieces as they come, to the last, which is `done` or `error`."""
        try:
            kind: Kind = "progress"
            while kind not in ("done", "error"):
                kind, text = await self._pieces.get()
                yield kind, text
        finally:
            self._hung_up.set()


class Office:
    """Answers questions and makes reviews, one at a time; keeps the newest reviews."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.jobs: dict[str, Job] = {}
        self._folders: dict[str, Path] = {}
        self._turn = asyncio.Lock()
        self._closed = threading.Event()

    def ready(self) -> str:
        """The name of the database that answers; raises TargetError and NoDatabase."""
        with opening.target(None, Options(), self.settings, lambda text: None, "http") as target:
            return target.database

    async def ask(self, question: str) -> Answer:
        """The answer on its way; raises NotUnderstood, and Busy when no turn comes."""
        model = await asyncio.to_thread(running.model, self.settings)
        running.understood(question, model)
        await self._take_turn()
        answer = Answer()
        self._begin(partial(self._answer, question, model, answer))
        return answer

    async def order(self, deliverables: tuple[DeliverableId, ...]) -> Job:
        """A review that was begun; raises Busy when no turn comes."""
        await self._take_turn()
        job = Job(id=uuid.uuid4().hex[:12], status="running")
        self.jobs[job.id] = job
        for old in list(self.jobs)[:-KEPT]:
            del self.jobs[old]
            self._folders.pop(old, None)
        self._begin(partial(self._review, job.id, deliverables))
        return job

    def file(self, name: str, path: str) -> Path | None:
        """A file of a review's report; nothing outside of it, and not the memory of a run."""
        folder = self._folders.get(name)
        if folder is None or any(part.startswith(".") for part in path.split("/")) or "\0" in path:
            return None
        found = (folder / path).resolve()
        return found if found.is_relative_to(folder.resolve()) and found.is_file() else None

    async def close(self) -> None:
        """Has the work under way stop at its next step, and waits for that a little while."""
        self._closed.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
                await self._turn.acquire()

    async def _take_turn(self) -> None:
        busy = next((f"review {j.id} is under way" for j in self.jobs.values() if j.status == "running"), "")
        if busy:
            raise Busy(f"{busy}; come back when it has ended")
        try:
            async with asyncio.timeout(PATIENCE):
                await self._turn.acquire()
        except TimeoutError:
            raise Busy("somebody else is being served; come back in a moment") from None

    def _begin(self, work: Callable[[], None]) -> None:
        """Works in a thread that does not keep the server from ending, and gives the turn back afterwards."""
        loop = asyncio.get_running_loop()

        def run() -> None:
            try:
                work()
            finally:
                with suppress(RuntimeError):  # the loop has ended, and with it the server
                    loop.call_soon_threadsafe(self._turn.release)

        threading.Thread(target=run, daemon=True).start()

    def _answer(self, question: str, model: Model, answer: Answer) -> None:
        def tell(kind: Kind, text: str) -> None:
            self._go_on()
            answer.put(kind, text)

        asked = Request(text=question, channel="http", deliverables=())
        with suppress(Stopped):
            try:
                with self._bench(f"ask-{uuid.uuid4().hex[:6]}", partial(tell, "progress")) as bench:
                    running.ask(bench, asked, model, partial(tell, "delta"))
                tell("done", "")
            except Exception as error:
                answer.put("error", _reason(error))

    def _review(self, name: str, deliverables: tuple[DeliverableId, ...]) -> None:
        def watch(state: State) -> None:
            self._go_on()
            self._note(name, looked_at=len(state.get("made", [])), proven=len(state.get("proofs", [])))

        def say(text: str) -> None:
            self._go_on()
            self._note(name, doing=text)

        asked = Request(channel="http", deliverables=deliverables)
        try:
            with self._bench(name, say) as bench:
                self._folders[name] = bench.out
                running.note(bench.out, running.Begun(request=asked, options=Options()))
                model = running.model(self.settings)
                report = running.review(bench, asked, model, watch=watch, state_url=self.settings.state)
                render.write(bench.out)
            page = f"/v1/reviews/{name}/files/report.html"
            self._note(name, status="ended", doing="", report=report, page=page)
        except (Exception, Stopped) as error:
            self._note(name, status="failed", doing="", because=_reason(error))

    def _go_on(self) -> None:
        if self._closed.is_set():
            raise Stopped

    def _note(self, name: str, **seen: Any) -> None:
        self.jobs[name] = self.jobs[name].model_copy(update=seen)

    def _bench(self, suffix: str, say: Callable[[str], None]) -> AbstractContextManager[Workbench]:
        def folder(target: Target) -> Path:
            return running.folder(self.settings.out, f"{target.database}-{suffix}", datetime.now())

        return opening.workbench(None, Options(), self.settings, say, folder, "http")


def _reason(error: BaseException) -> str:
    """What a client is told; where the unforeseen happened goes to the log, without its text, which may hold data."""
    if isinstance(error, Stopped):
        return "the server was stopped; `dbengineer review --resume` goes on with a review"
    if isinstance(error, Exception) and (known := explained(error)) is not None:
        return known
    where = "".join(traceback.format_tb(error.__traceback__))
    logging.getLogger("uvicorn.error").error("unforeseen %s at\n%s", type(error).__name__, where)
    return f"it failed for a reason that nobody has foreseen ({type(error).__name__}); the server's log says where"
