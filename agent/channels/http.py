"""The HTTP server: a question answered as a stream, a review begun and watched, and whether all is well."""

from __future__ import annotations

import hmac
import ipaddress
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field
from starlette.types import ASGIApp, Receive, Scope, Send

from dbengineer import __version__
from dbengineer.agent.channels.office import FAREWELL, Answer, Busy, Job, Office
from dbengineer.agent.channels.opening import NoDatabase
from dbengineer.agent.running import NotUnderstood
from dbengineer.agent.settings import Settings
from dbengineer.tools.facts import DELIVERABLES, DeliverableId, Fact
from dbengineer.tools.target import TargetError

BODY = 128 * 1024
"""The most bytes a request may have: 8,000 characters however they are escaped."""
OPEN = ("/healthz", "/readyz")
"""What may be asked without the key."""
EXAMPLES = {"/v1/chat": {"message": "indexes"}, "/v1/reviews": {"deliverables": ["indexes", "queries"]}}


class Question(Fact):
    """A question, or a command of the playbook."""

    message: str = Field(min_length=1, max_length=8000, examples=["indexes", "explain SELECT 1"])


class Order(Fact):
    """Which deliverables a review is to look at."""

    deliverables: tuple[DeliverableId, ...] = Field(default=DELIVERABLES, min_length=1)


def serve(settings: Settings, host: str, port: int) -> None:
    """Listens until it is told to stop (SIGINT, SIGTERM)."""
    import uvicorn

    uvicorn.run(create(settings), host=host, port=port, timeout_graceful_shutdown=round(FAREWELL))


def create(settings: Settings) -> FastAPI:
    """The application; without a configured key it answers only the machine that it runs on."""

    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncIterator[None]:
        yield
        await app.state.office.close()

    app = FastAPI(title="dbengineer", version=__version__, max_body_size=BODY, lifespan=opened)
    app.state.office = Office(settings)
    app.state.key = settings.server_key.get_secret_value() if settings.server_key else ""
    app.include_router(router)
    app.add_middleware(Door, key=app.state.key)
    app.exception_handler(RequestValidationError)(malformed)
    app.exception_handler(NotUnderstood)(not_understood)
    app.exception_handler(Busy)(busy)
    return app


class Door:
    """Lets nobody in, nor reads what they send, who may not come in."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers in place of the application whoever is refused."""
        if scope["type"] == "http" and scope["path"] not in OPEN and (why := refusal(Request(scope), self._key)):
            headers = {"www-authenticate": "Bearer"} if self._key else {}
            refused = JSONResponse({"detail": why}, 401 if self._key else 403, headers)
            return await refused(scope, receive, send)
        return await self._app(scope, receive, send)


def refusal(request: Request, key: str) -> str:
    """Why a request is not let in, or nothing.

    Without a key the name by which the server was called counts too: a page of the web can have the browser of this
    machine call it, but only by a name of its own (DNS rebinding).
    """
    if key:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        same = hmac.compare_digest(given.strip().encode("latin-1"), key.encode())
        return "" if same and scheme.lower() == "bearer" else "send the server's key as: Authorization: Bearer KEY"
    called = request.headers.get("host", "").lower().rpartition(":")
    name = called[0] if called[0] and called[2].isdigit() else "".join(called)
    if request.client and _local(request.client.host) and _local(name.strip("[]")):
        return ""
    return "without a key only this machine is answered, under the name localhost; set DBENGINEER_SERVER_KEY"


def _local(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def the_office(request: Request) -> Office:
    """The office of the application."""
    office: Office = request.app.state.office
    return office


TheOffice = Annotated[Office, Depends(the_office)]
router = APIRouter()


@router.get("/healthz")
async def healthy() -> dict[str, str]:
    """Whether the server runs."""
    return {"status": "ok", "version": __version__}


@router.get("/readyz")
def ready(request: Request, office: TheOffice) -> dict[str, str]:
    """Whether the database answers; which one, and why not, is told to those who may come in, and to the log."""
    inside = not refusal(request, request.app.state.key)
    try:
        database = office.ready()
    except (TargetError, NoDatabase) as error:
        logging.getLogger("uvicorn.error").warning("not ready: %s", error)
        raise HTTPException(503, str(error) if inside else "the database does not answer; the log says why") from None
    return {"status": "ok"} | ({"database": database} if inside else {})


async def begun(question: Question, office: TheOffice) -> Answer:
    """The answer on its way: what is refused is refused with a status, before the stream begins."""
    return await office.ask(question.message)


@router.post("/v1/chat", response_class=EventSourceResponse)
async def chat(answer: Annotated[Answer, Depends(begun)]) -> AsyncIterator[ServerSentEvent]:
    """The answer as events, each a JSON string: `progress`, `delta` (a piece of the answer), then `done` or `error`."""
    async for kind, text in answer.pieces():
        yield ServerSentEvent(event=kind, data=text)


@router.post("/v1/reviews", status_code=202)
async def order(order: Order, office: TheOffice) -> Job:
    """Begins a review."""
    return await office.order(order.deliverables)


@router.get("/v1/reviews/{name}")
async def job(name: str, office: TheOffice) -> Job:
    """How far a review is, and its report when it has ended."""
    if name not in office.jobs:
        raise HTTPException(404, f"there is no review {name}")
    return office.jobs[name]


@router.get("/v1/reviews/{name}/files/{path:path}")
def file(name: str, path: str, office: TheOffice) -> FileResponse:
    """A file of a report, such as report.html; whatever it holds, it gets no hold of the server."""
    found = office.file(name, path)
    if found is None:
        raise HTTPException(404, f"review {name} has no file {path}; its page is report.html")
    headers = {"x-content-type-options": "nosniff", "content-security-policy": "sandbox allow-scripts allow-downloads"}
    return FileResponse(found, headers=headers)


async def malformed(request: Request, error: Exception) -> JSONResponse:
    """Says what is wrong with a body, without giving it back, and what a right one looks like."""
    assert isinstance(error, RequestValidationError)
    wrong = "; ".join(f"{_place(e)}: {e['msg']}" for e in error.errors())
    example = json.dumps(EXAMPLES.get(request.url.path, {}))
    detail = f"{wrong}. Send JSON (Content-Type: application/json), such as {example}"
    return JSONResponse({"detail": detail}, 422)


def _place(error: dict[str, Any]) -> str:
    """Where in a body an error is; of what is no JSON the place is the whole."""
    place = [] if error["type"] == "json_invalid" else error["loc"][1:]
    return ".".join(map(str, place)) or "the body"


async def not_understood(request: Request, error: Exception) -> JSONResponse:
    """Says which commands there are."""
    return JSONResponse({"detail": str(error)}, 422)


async def busy(request: Request, error: Exception) -> JSONResponse:
    """Says that somebody else is being served."""
    return JSONResponse({"detail": str(error)}, 429, {"retry-after": "10"})
