"""The HTTP server: chats as streams, reviews, reports, decisions, and the same for clients that speak OpenAI's API."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, StreamingResponse
from fastapi.security import HTTPBearer
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.routing import Match

from dbengineer import __version__
from dbengineer.agent import configuration as configured
from dbengineer.agent import memory
from dbengineer.agent.approvals import Approval, ApprovalRefused
from dbengineer.agent.channels import asking, completions
from dbengineer.agent.channels.asking import Asker, Busy, Kind, NotAllowed, NotThere, Stopped
from dbengineer.agent.channels.completions import Completed, Completing, Completion
from dbengineer.agent.channels.deciding import Offer
from dbengineer.agent.channels.door import Door
from dbengineer.agent.channels.mattermost import Forged, MattermostDesk
from dbengineer.agent.channels.metrics import Metrics
from dbengineer.agent.channels.office import FAREWELL, Office
from dbengineer.agent.channels.opening import NoDatabase
from dbengineer.agent.channels.probing import Probe
from dbengineer.agent.channels.slack import SlackDesk
from dbengineer.agent.channels.threads import Archive, Job, Thread
from dbengineer.agent.configuration import Configuration
from dbengineer.agent.running import NotUnderstood
from dbengineer.agent.settings import Settings
from dbengineer.tools.facts import DELIVERABLES, DeliverableId, Fact
from dbengineer.tools.target import TargetError
from dbengineer.tools.toolbox import ToolError

SHOP = {"review": "3f2a9c1b7d40", "change": "ddl-0a1b2c3d4e", "sha256": "0" * 64, "decision": "approve"}
EXAMPLES: dict[str, dict[str, Any]] = {
    "/v1/chat": {"message": "indexes"},
    "/v1/reviews": {"deliverables": ["indexes", "queries"]},
    "/v1/threads/{name}/approve": SHOP,
    "/v1/chat/completions": {"model": "dbengineer", "messages": [{"role": "user", "content": "indexes"}]},
}
SWITCH = 0.0005
"""Seconds after which a thread that works gives way to the one that greets clients (Python's own: 0.005)."""
TIDYING = 600.0
"""Seconds between two looks for what may be forgotten, and for what servers that are gone have left."""
Named = Annotated[str, Path(pattern=r"^[0-9a-f]{8,64}$", examples=["3f2a9c1b7d40"])]


class Question(Fact):
    """A question, or a command of the playbook; in a conversation when it names one."""

    message: str = Field(min_length=1, max_length=8000, examples=["indexes", "explain SELECT 1"])
    thread: str = Field(default="", pattern=r"^([0-9a-f]{8,64})?$", examples=[""])
    database: str = Field(default="", max_length=63, examples=["shop", ""])


class Order(Fact):
    """Which deliverables a review is to look at, and in which database."""

    deliverables: tuple[DeliverableId, ...] = Field(default=DELIVERABLES, min_length=1, examples=[["indexes"]])
    database: str = Field(default="", max_length=63, examples=["shop", ""])


class Ruling(Fact):
    """A person's word on one change, with the hash that they were shown."""

    review: str = Field(pattern=r"^[0-9a-f]{8,64}$", examples=[SHOP["review"]])
    change: str = Field(min_length=1, max_length=100, examples=[SHOP["change"]])
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", examples=[SHOP["sha256"]])
    decision: Literal["approve", "reject", "changes"] = Field(examples=["approve"])


class Talk(Fact):
    """A conversation, with the changes of its reviews that wait for a person."""

    thread: Thread
    approvals: tuple[Offer, ...] = ()


class Problem(Fact):
    """Why a request was refused, and what would be right."""

    detail: str
    request_id: str = ""


class Answer:
    """An answer on its way: the work puts its events in, the client takes them out."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[tuple[Kind, dict[str, Any]]] = asyncio.Queue()
        self._hung_up = threading.Event()
        self.thread = ""

    def put(self, kind: Kind, data: dict[str, Any]) -> None:
        """Adds an event, from the thread of the work; raises Stopped when nobody listens any more."""
        if self._hung_up.is_set():
            raise Stopped
        try:
            self._loop.call_soon_threadsafe(self._events.put_nowait, (kind, data))
        except RuntimeError:  # the loop has ended, and with it the server
            raise Stopped from None

    async def events(self) -> AsyncIterator[tuple[Kind, dict[str, Any]]]:
        """The events as they come, to the last, which is `done` or `error`."""
        kind: Kind = "thread"
        try:
            yield kind, {"thread": self.thread}
            while kind not in ("done", "error"):
                kind, data = await self._events.get()
                yield kind, data
        finally:
            self._hung_up.set()


def serve(settings: Settings, host: str, port: int) -> None:
    """Listens until it is told to stop (SIGINT, SIGTERM)."""
    import sys

    import uvicorn

    sys.setswitchinterval(SWITCH)
    uvicorn.run(create(settings), host=host, port=port, timeout_graceful_shutdown=round(FAREWELL))


def create(settings: Settings, configuration: Configuration | None = None) -> FastAPI:
    """The application; without a configured key it answers only the machine that it runs on."""
    held = configuration or configured.read(settings)
    metrics = Metrics()

    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncIterator[None]:
        with memory.kept(settings.out / ".server", settings.state) as store:
            archive = Archive(store)
            app.state.office = Office(settings, held, archive, metrics)
            app.state.slack = SlackDesk(app.state.office, held.slack) if held.slack else None
            app.state.mattermost = MattermostDesk(app.state.office, held.mattermost) if held.mattermost else None
            app.state.probe = Probe(settings, app.state.office.ways)
            app.state.probe.begin()
            with app.state.office.attending.here():
                await run_in_threadpool(app.state.office.tidy)
                app.state.office.resume()
                tidying = asyncio.create_task(_tidying(app.state.office))
                yield
                tidying.cancel()
                await run_in_threadpool(app.state.office.close)

    app = FastAPI(
        title="dbengineer",
        version=__version__,
        max_body_size=held.limits.body_bytes,
        lifespan=opened,
        docs_url=None,
        redoc_url=None,
    )
    app.state.metrics = metrics
    app.include_router(health)
    for each in (router, openai, chats):
        app.include_router(each)
    app.add_middleware(Door, keys=held.keys, limits=held.limits, metrics=metrics)
    app.exception_handler(RequestValidationError)(malformed)
    app.exception_handler(StarletteHTTPException)(refused)
    for kind, status in REFUSALS.items():
        app.exception_handler(kind)(_refusing(status))
    return app


async def _tidying(office: Office) -> None:
    while True:
        await asyncio.sleep(TIDYING)
        await run_in_threadpool(office.tidy)


REFUSALS: dict[type[Exception], int] = {
    NotUnderstood: 409,
    ToolError: 404,
    NotThere: 404,
    NotAllowed: 403,
    ApprovalRefused: 409,
    NoDatabase: 503,
    TargetError: 503,
    Busy: 429,
}


def _refusing(status: int) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
    async def refuse(request: Request, error: Exception) -> JSONResponse:
        return problem(request, status, str(error), {"retry-after": "10"} if status == 429 else {})

    return refuse


def problem(request: Request, status: int, said: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """A refusal, in the form that the client of this path reads."""
    if request.url.path == completions.PATH:
        return JSONResponse(completions.failure(status, said), status, headers)
    number = getattr(request.state, "number", "")
    return JSONResponse({"detail": said, "request_id": number}, status, headers)


def the_office(request: Request) -> Office:
    """The office of the application."""
    held: Office = request.app.state.office
    return held


def the_asker(request: Request) -> Asker:
    """Who asks; the door has let nobody else in."""
    asker: Asker = request.state.asker
    return asker


TheOffice = Annotated[Office, Depends(the_office)]
TheAsker = Annotated[Asker, Depends(the_asker)]
REASONS = {
    400: "The body cannot be read",
    401: "The key is missing or wrong",
    403: "This is not for this client",
    404: "There is no such thing",
    409: "It cannot be as things are: the change or the schema is another one, or no model is configured",
    413: "The body is too large",
    422: "The request cannot be understood; the detail says what is right",
    429: "Too much at once; Retry-After says when to come back",
    503: "The database or the server cannot answer now",
}
PROBLEM = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
WRONG: dict[int | str, dict[str, Any]] = {n: {"description": why, "content": PROBLEM} for n, why in REASONS.items()}
FAILED: dict[int | str, dict[str, Any]] = {
    n: {"description": why, "model": completions.Failure} for n, why in REASONS.items()
}
health = APIRouter(tags=["health"])
chats = APIRouter(include_in_schema=False)
STREAMED = {
    "description": "The answer, or its pieces",
    "content": {"text/event-stream": {"schema": {}}},
}
KEY = [Depends(HTTPBearer(auto_error=False, description="API key"))]
router = APIRouter(tags=["engineer"], responses=WRONG, dependencies=KEY)
openai = APIRouter(tags=["openai"], responses=FAILED, dependencies=KEY)


@health.get("/healthz")
async def healthy() -> dict[str, str]:
    """Whether the server runs."""
    return {"status": "ok", "version": __version__}


@health.get("/readyz", responses={n: {"model": Problem, "description": REASONS[n]} for n in (429, 503)})
def ready(request: Request, office: TheOffice) -> dict[str, str]:
    """Whether the databases answer.

    Which, and why not, is told to those who may come in, and to the log; so is how the model decides, or why that is
    not known. A server without a model, or with one that does not answer, is ready nevertheless.
    """
    inside: Asker | None = request.state.asker
    try:
        names = office.ready(inside or Asker(name="nobody"))
    except (TargetError, NoDatabase) as error:
        logging.getLogger("uvicorn.error").warning("not ready: %s", error)
        raise HTTPException(503, str(error) if inside else "the database does not answer; the log says why") from None
    return {"status": "ok"} | ({"databases": ", ".join(names)} | request.app.state.probe.told if inside else {})


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> PlainTextResponse:
    """What the server counts, for Prometheus."""
    return PlainTextResponse(request.app.state.metrics.text(), media_type="text/plain; version=0.0.4")


async def begun(question: Question, office: TheOffice, asker: TheAsker) -> Answer:
    """The answer on its way: what is refused is refused with a status, before the stream begins."""
    return await _begun(office, asker, _question(question))


def _question(question: Question) -> asking.Question:
    return asking.Question(text=question.message, thread=question.thread, database=question.database)


async def _begun(office: Office, asker: Asker, question: asking.Question) -> Answer:
    answer = Answer()
    answer.thread = await run_in_threadpool(office.ask, asker, question, answer.put)
    return answer


@router.post("/v1/chat", response_class=EventSourceResponse)
async def chat(answer: Annotated[Answer, Depends(begun)]) -> AsyncIterator[ServerSentEvent]:
    """The answer as events with JSON objects.

    `thread` (its id), `step` (what is done), `evidence` (ids that a tool made), `delta` (a piece of the answer),
    `approval` (a change that waits for a person, with its hash), then `done` or `error` (the reason).
    """
    async for kind, data in answer.events():
        yield ServerSentEvent(event=kind, data=data)


@router.get("/v1/threads/{name}")
def talk(name: Named, office: TheOffice, asker: TheAsker) -> Talk:
    """A conversation: for who began it, and for who may approve on its database."""
    thread = office.thread(asker, name)
    reviews = {said.review for said in thread.said if said.review}
    return Talk(thread=thread, approvals=tuple(o for review in sorted(reviews) for o in office.offers(asker, review)))


@router.delete("/v1/threads/{name}", status_code=204)
def forget(name: Named, office: TheOffice, asker: TheAsker) -> None:
    """Deletes a conversation, for those who may read it; the reports of its reviews stay."""
    office.forget(asker, name)


@router.post("/v1/threads/{name}/approve")
def approve(name: Named, decision: Ruling, office: TheOffice, asker: TheAsker) -> Approval:
    """Approves a change, rejects it or asks for another one; void when it or the schema is not what was shown."""
    thread = office.thread(asker, name)
    if decision.review not in {said.review for said in thread.said}:
        raise NotThere(f"thread {name} holds no review {decision.review}")
    return office.decide(asker, decision.review, decision.change, decision.sha256, decision.decision)


@router.post("/v1/reviews", status_code=202, response_model_exclude={"folder"})
def order(order: Order, office: TheOffice, asker: TheAsker) -> Job:
    """Begins a review."""
    return office.order(asker, order.database, order.deliverables)


@router.get("/v1/reviews/{name}", response_model_exclude={"folder"})
def job(name: Named, office: TheOffice, asker: TheAsker) -> Job:
    """How far a review is, and its report when it has ended."""
    return office.job(asker, name)


@router.post("/v1/reviews/{name}/approve")
def decide(name: Named, decision: Ruling, office: TheOffice, asker: TheAsker) -> Approval:
    """The same for a review that was ordered without a conversation."""
    if decision.review != name:
        raise NotThere(f"the body names review {decision.review}, the path {name}; send the same in both")
    return office.decide(asker, name, decision.change, decision.sha256, decision.decision)


@router.get("/v1/reports/{name}/{path:path}", response_class=FileResponse)
def file(name: Named, path: str, office: TheOffice, asker: TheAsker) -> FileResponse:
    """A file of a report, such as report.html; whatever it holds, it gets no hold of the server."""
    headers = {"x-content-type-options": "nosniff", "content-security-policy": "sandbox allow-scripts allow-downloads"}
    return FileResponse(office.file(asker, name, path), headers=headers)


@router.get("/v1/models")
async def models(office: TheOffice, asker: TheAsker) -> dict[str, Any]:
    """The databases, as clients of OpenAI's API list models."""
    return completions.models([name for name in office.configuration.databases if asker.reaches(name)])


@openai.post(completions.PATH, response_model=Completion, responses={200: STREAMED})
async def complete(asked: Completing, request: Request, office: TheOffice, asker: TheAsker) -> Response:
    """OpenAI's chat completions, streamed or whole; `dbengineer/NAME` as the model names a database."""
    try:
        question = asked.question()
    except ValueError as error:
        return problem(request, 413, str(error))
    form = Completed(asked.model)
    try:
        answer = await _begun(office, asker, question)
    except NotUnderstood as error:
        return _said(asked, form, str(error))
    if asked.stream:
        return StreamingResponse(_chunks(asked, form, answer), media_type="text/event-stream")
    pieces = []
    async for kind, data in answer.events():
        if kind == "error":
            return problem(request, 503, data["reason"])
        pieces.append(data["text"] if kind == "delta" else "")
    return JSONResponse(form.whole("".join(pieces)).model_dump())


def _said(asked: Completing, form: Completed, text: str) -> Response:
    """An answer that is known already."""
    if not asked.stream:
        return JSONResponse(form.whole(text).model_dump())
    chunks = [form.chunk({"role": "assistant", "content": text}), *_ending(asked, form)]
    return StreamingResponse(iter(chunks), media_type="text/event-stream")


async def _chunks(asked: Completing, form: Completed, answer: Answer) -> AsyncIterator[str]:
    yield form.chunk({"role": "assistant", "content": ""})
    async for kind, data in answer.events():
        if kind == "delta":
            yield form.chunk({"content": data["text"]})
        elif kind == "error":
            yield f"data: {json.dumps(completions.failure(503, data['reason']))}\n\n"
        elif kind == "step":
            yield ": " + " ".join(data["text"].split()) + "\n\n"
    for chunk in _ending(asked, form):
        yield chunk


def _ending(asked: Completing, form: Completed) -> list[str]:
    wanted = asked.stream_options and asked.stream_options.include_usage
    return [form.chunk({}, "stop"), *([form.usage()] if wanted else []), completions.END]


@chats.post("/slack/events")
async def slack(request: Request) -> Response:
    """What Slack sends: commands, events, buttons."""
    desk: SlackDesk | None = request.app.state.slack
    if desk is None:
        raise HTTPException(404, "no Slack app is configured; see DBENGINEER_CONFIG, [slack]")
    body = (await request.body()).decode("utf-8", "replace")
    status, said, headers = await run_in_threadpool(desk.take, body, dict(request.headers))
    return Response(said, status, headers)


@chats.post("/mattermost/command")
async def mattermost(request: Request) -> JSONResponse:
    """A slash command of Mattermost."""
    desk: MattermostDesk | None = request.app.state.mattermost
    if desk is None:
        raise HTTPException(404, "no Mattermost is configured; see DBENGINEER_CONFIG, [mattermost]")
    form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
    try:
        return JSONResponse(await run_in_threadpool(desk.take, form))
    except Forged as error:
        return problem(request, 401, str(error))


async def refused(request: Request, error: Exception) -> JSONResponse:
    """What the framework itself refuses, in the form of the others."""
    assert isinstance(error, StarletteHTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["allow"] = allowed(request)
    return problem(request, error.status_code, str(error.detail), headers)


def allowed(request: Request) -> str:
    """The methods of a path; the framework names those of its first route only."""
    every = (route for each in (health, router, openai, chats) for route in each.routes)
    found = {name for r in every if r.matches(request.scope)[0] != Match.NONE for name in getattr(r, "methods", ())}
    return ", ".join(sorted(found)) or "GET"


async def malformed(request: Request, error: Exception) -> JSONResponse:
    """Says what is wrong with a request, without giving it back, and what a right one looks like."""
    assert isinstance(error, RequestValidationError)
    wrong = "; ".join(f"{_place(e)}: {e['msg']}" for e in error.errors())
    example = EXAMPLES.get(getattr(request.scope.get("route"), "path", ""))
    send = f". Send JSON (Content-Type: application/json), such as {json.dumps(example)}" if example else ""
    return problem(request, 422, wrong + send)


def _place(error: dict[str, Any]) -> str:
    """Where in a request an error is; of what is no JSON the place is the whole."""
    place = [] if error["type"] == "json_invalid" else error["loc"][1:]
    return ".".join(map(str, place)) or "the body"
