"""A hundred people ask at the same moment: whether all are answered, and how soon each hears that they will be."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from dbengineer.evals.figure import Figure
from dbengineer.evals.server.overhead import DELAY, QUESTION
from dbengineer.evals.server.site import Event, Refused, Site, scripted, share

CHATS = 100
FIRST = 1.0
"""Seconds within which the first event of an answer has to be there."""


class Chat(NamedTuple):
    """How an answer went: seconds to its first event and to its end, and what went wrong."""

    first: float
    last: float
    error: str = ""


def figures(url: str, count: int = CHATS, configuration: str = "") -> Iterator[Figure]:
    """So many chats at once with the limits that a server has by itself; it has answered one before."""
    with scripted(url, DELAY, configuration) as (site, _):
        list(site.chat(QUESTION))
        every = at_once(site, count)
        alive = site.get("/healthz").status == 200
    errors = [chat.error for chat in every if chat.error] + ([] if alive else ["the server does not answer any more"])
    yield Figure(
        name=f"{count} chats at once: errors",
        target="0",
        measured=str(len(errors)),
        met=not errors,
        because=tuple(f"{times} times: {error}" for error, times in Counter(errors).items()),
    )
    first = share([chat.first for chat in every], 0.95)
    yield Figure(
        name=f"{count} chats at once: first event, p95",
        target=f"≤ {FIRST:g} s",
        measured=f"{first:.2f} s",
        met=first <= FIRST,
    )
    yield Figure(
        name=f"{count} chats at once: all answered",
        target="–",
        measured=f"after {max(chat.last for chat in every):.1f} s",
        met=None,
    )


def at_once(site: Site, count: int) -> list[Chat]:
    """So many chats that begin when all are ready to."""
    together = threading.Barrier(count)

    def one(_: int) -> Chat:
        together.wait()
        return _chat(site)

    with ThreadPoolExecutor(count) as clients:
        return list(clients.map(one, range(count)))


def _chat(site: Site) -> Chat:
    events: list[Event] = []
    try:
        events += site.chat(QUESTION)
        error = "" if events[-1].kind == "done" else f"it ended with {events[-1].kind}: {events[-1].data}"
    except (Refused, OSError, http.client.HTTPException) as broken:
        error = f"{type(broken).__name__}: {broken}"
    if not events:
        return Chat(float("inf"), float("inf"), error or "no event came")
    return Chat(events[0].after, events[-1].after, error)
