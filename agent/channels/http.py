"""The HTTP server: a question answered as a stream, a review begun and watched, and whether all is well."""

from __future__ import annotations

import hmac
import queue
import threading
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field

from dbengineer import __version__
from dbengineer.agent import running
from dbengineer.agent.channels import opening, render
from dbengineer.agent.channels.console import explained
from dbengineer.agent.settings import Settings
from dbengineer.agent.state import Options, Report, State
from dbengineer.agent.state import Request as Asked
from dbengineer.tools.facts import DELIVERABLES, DeliverableId, Fact
from dbengineer.tools.target import Target, TargetError


class Question(Fact):
    """A question, or a command of the playbook."""

    message: str = Field(min_length=1, max_length=8000, examples=["indexes", "explain SELECT 1"])


class Order(Fact):
    """Which deliverables a review is to look at."""

    deliverables: tuple[DeliverableId, ...] = DELIVERABLES


class Job(Fact):
    """A review: how far it is, and its report when it has ended."""

    id: str
    status: Literal["running", "ended", "failed"]
    looked_at: int = 0
    proven: int = 0
    because: str = ""
    report: Report | None = None


class Office:
    """Does one thing at a time on the one configured database; keeps the reviews that were ordered."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.jobs: dict[str, Job] = {}
        self._busy = threading.Lock()

    def ready(self) -> str:
        """The database that answers; raises TargetError and NoDatabase."""
        with opening.target(None, Options(), self.settings, lambda text: None) as target:
            return target.database

    def answer(self, question: str) -> Iterator[str]:
        """The answer to a question, piece by piece."""
        pieces: queue.Queue[str | Exception | None] = queue.Queue()

        def work() -> None:
            try:
                with self._busy, self._bench("ask") as bench:
                    asked = Asked(text=question, channel="http", deliverables=())
                    running.ask(bench, asked, running.model(self.settings), pieces.put)
                pieces.put(None)
            except Exception as error:
                pieces.put(error)

        threading.Thread(target=work, daemon=True).start()
        while (piece := pieces.get()) is not None:
            if isinstance(piece, Exception):
                yield explained(piece) or "it failed for a reason that nobody has foreseen"
                return
            yield piece

    def order(self, order: Order) -> Job:
        """Begins a review in the background."""
        job = Job(id=uuid.uuid4().hex[:12], status="running")
        self.jobs[job.id] = job
        threading.Thread(target=self._review, args=(job.id, order), daemon=True).start()
        return job

    def _bench(self, suffix: str) -> Any:
        def folder(target: Target) -> Path:
            return running.folder(self.settings.out, f"{target.database}-{suffix}", datetime.now())

        return opening.workbench(None, Options(), self.settings, lambda text: None, folder)

    def _review(self, name: str, order: Order) -> None:
        def watch(state: State) -> None:
            seen = {"looked_at": len(state.get("made", [])), "proven": len(state.get("proofs", []))}
            self.jobs[name] = self.jobs[name].model_copy(update=seen)

        try:
            with self._busy, self._bench(name) as bench:
                asked = Asked(channel="http", deliverables=order.deliverables)
                running.note(bench.out, running.Begun(request=asked, options=Options()))
                report = running.review(
                    bench, asked, running.model(self.settings), watch=watch, state_url=self.settings.state
                )
                render.write(bench.out)
            ended = {"status": "ended", "report": report}
        except Exception as error:
            ended = {"status": "failed", "because": explained(error) or "a reason that nobody has foreseen"}
        self.jobs[name] = self.jobs[name].model_copy(update=ended)


def create(settings: Settings) -> FastAPI:
    """The application; every path under /v1 wants the key as a bearer token, when one is configured."""
    app = FastAPI(title="dbengineer", version=__version__)
    office = Office(settings)

    def admitted(request: Request) -> None:
        key = settings.server_key.get_secret_value() if settings.server_key else ""
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if key and not hmac.compare_digest(given.encode(), key.encode()):
            raise HTTPException(401, "send the server's key as: Authorization: Bearer KEY")

    Admitted = Annotated[None, Depends(admitted)]

    @app.get("/healthz")
    def healthy() -> dict[str, str]:
        return {"status": "ok", "version": __version__}

    @app.get("/readyz")
    def ready() -> dict[str, str]:
        try:
            return {"status": "ok", "database": office.ready()}
        except (TargetError, opening.NoDatabase) as error:
            raise HTTPException(503, str(error)) from None

    @app.post("/v1/chat", response_class=EventSourceResponse)
    def chat(question: Question, _: Admitted) -> Iterator[ServerSentEvent]:
        for piece in office.answer(question.message):
            yield ServerSentEvent(event="delta", data=piece)
        yield ServerSentEvent(event="done", data="")

    @app.post("/v1/reviews", status_code=202)
    def order(order: Order, _: Admitted) -> Job:
        return office.order(order)

    @app.get("/v1/reviews/{name}")
    def job(name: str, _: Admitted) -> Job:
        if name not in office.jobs:
            raise HTTPException(404, f"there is no review {name}")
        return office.jobs[name]

    return app
