"""The door of the HTTP server: who comes in, how often and how many at once, and under which number."""

from __future__ import annotations

import hmac
import ipaddress
import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dbengineer.agent.channels.asking import Asker
from dbengineer.agent.configuration import BOTH, Key, Limits

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from dbengineer.agent.channels.metrics import Metrics

OPEN = ("/healthz", "/readyz")
"""What may be asked without a key."""
SIGNED = ("/slack/events", "/mattermost/command")
"""What brings a signature or a token of its own instead of a key."""
NUMBER = re.compile(r"[\w.-]{1,64}")
"""What a client may send as the number of its request."""
MANY = 10_000
"""How many callers' buckets are kept."""


class Refused(Exception):
    """A request that is not let in: the status, why, and headers that say what to do."""

    def __init__(self, status: int, why: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(why)
        self.status = status
        self.headers = dict(headers or {})


class Buckets:
    """So many requests a minute for each caller, in one go or evenly."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(per_minute)
        self._clock = clock
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, caller: str) -> float:
        """0 when the request may come in, otherwise the seconds to wait."""
        now = self._clock()
        with self._lock:
            left, since = self._left.pop(caller, (self._most, now))
            left = min(self._most, left + (now - since) * self._most / 60)
            wait = 0.0 if left >= 1 else (1 - left) * 60 / self._most
            self._left[caller] = (left if wait else left - 1, now)
            if len(self._left) > MANY:
                del self._left[next(iter(self._left))]
        return wait


class Door:
    """Lets nobody in, nor reads what they send, who may not come in; numbers and counts the requests."""

    def __init__(self, app: ASGIApp, keys: Mapping[str, Key], limits: Limits, metrics: Metrics) -> None:
        self._app = app
        self._keys = keys
        self._limits = limits
        self._metrics = metrics
        self._buckets = Buckets(limits.requests_per_minute)
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers in place of the application whoever is refused."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        number, began = _number(scope), time.monotonic()
        scope.setdefault("state", {})["number"] = number
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", number.encode())]
                self._metrics.took("dbengineer_request_seconds", time.monotonic() - began, route=route(scope))
            await send(message)

        self._open += 1
        self._metrics.add("dbengineer_requests_open")
        try:
            await self._answer(scope, receive, sending)
        finally:
            self._open -= 1
            self._metrics.add("dbengineer_requests_open", -1)
            told = self._metrics.add
            told("dbengineer_requests_total", route=route(scope), method=_method(scope), status=str(status))
        return None

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.requests import Request
        from starlette.responses import JSONResponse

        from dbengineer.agent.channels import completions

        try:
            self._let_in(Request(scope), scope["state"])
        except Refused as refused:
            held: dict[str, Any] = {"detail": str(refused), "request_id": scope["state"]["number"]}
            if scope["path"] == completions.PATH:
                held = completions.failure(refused.status, str(refused))
            return await JSONResponse(held, refused.status, refused.headers)(scope, receive, send)
        return await self._streamed(scope, receive, send)

    async def _streamed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What the application answers; a client that leaves while it is told something is no error of the server."""
        from anyio import BrokenResourceError

        try:
            await self._app(scope, receive, send)
        except* BrokenResourceError:
            pass

    def _let_in(self, request: Request, state: dict[str, Any]) -> None:
        """Raises Refused, or notes who asks."""
        path = request.url.path
        if self._open > self._limits.requests_at_once and path != "/healthz":
            raise Refused(503, "too many requests are open; come back in a moment", {"retry-after": "1"})
        asker, why = who(request, self._keys)
        state["asker"] = asker
        caller = asker.name if asker else f"host {request.client.host if request.client else ''}"
        if path not in OPEN and (wait := self._buckets.take(caller)):
            raise Refused(429, "too many requests in a minute; come back later", {"retry-after": str(int(wait) + 1)})
        if asker is None and path not in OPEN + SIGNED:
            raise Refused(401 if self._keys else 403, why, {"www-authenticate": "Bearer"} if self._keys else {})


def who(request: Request, keys: Mapping[str, Key]) -> tuple[Asker | None, str]:
    """Who asks; where nobody may, why not.

    Without keys the name by which the server was called counts too: a page of the web can have the browser of this
    machine call it, but only by a name of its own (DNS rebinding).
    """
    if keys:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        found = holder(given.strip().encode("latin-1"), keys) if scheme.lower() == "bearer" else None
        return found, "" if found else "send the server's key as: Authorization: Bearer KEY"
    called = request.headers.get("host", "").lower().rpartition(":")
    name = called[0] if called[0] and called[2].isdigit() else "".join(called)
    if request.client and _local(request.client.host) and _local(name.strip("[]")):
        return Asker(name="local", roles=BOTH), ""
    return None, "without a key only this machine is answered, under the name localhost; set DBENGINEER_SERVER_KEY"


def holder(given: bytes, keys: Mapping[str, Key]) -> Asker | None:
    """Whose key it is; every key is compared, in a time that tells nothing."""
    found = None
    for name, key in keys.items():
        if hmac.compare_digest(given, key.secret.get_secret_value().encode()):
            found = Asker(name=name, roles=key.roles, databases=key.databases)
    return found


def route(scope: Scope) -> str:
    """The route of a request as it is written in the application: a label of few values."""
    return str(getattr(scope.get("route"), "path", "") or "other")


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE") else "other"


def _number(scope: Scope) -> str:
    """The number that the client has given its request, or a new one."""
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"").decode("latin-1")
    return given if NUMBER.fullmatch(given) and given.isascii() else uuid.uuid4().hex


def _local(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
