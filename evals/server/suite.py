"""`dbengineer eval --suite server`: what the HTTP server has to stand, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from http.client import HTTPException

from dbengineer.evals.demo import Demo
from dbengineer.evals.figure import Figure
from dbengineer.evals.server import chats, document, killed, kills, overhead, site, slack

Say = Callable[[str], None]
SCALE = 0.02
"""How many of the demo's rows there are: the server is measured, not the database."""


def _slack(demo: Demo) -> Iterator[Figure]:
    with closing(demo.administrator()) as owner:
        yield from slack.figures(demo.url, owner)


PARTS: Mapping[str, Callable[[Demo], Iterator[Figure]]] = {
    "overhead": lambda demo: overhead.figures(demo.url),
    "chats": lambda demo: chats.figures(demo.url),
    "document": lambda demo: document.figures(demo.url),
    "killed": lambda demo: killed.figures(demo.url),
    "kills": lambda demo: kills.figures(demo.url),
    "slack": _slack,
}


def run(say: Say, parts: Sequence[str] = ()) -> Iterator[Figure]:
    """The figures of all parts, or of those named, on a small demo database that is made for them."""
    with Demo("todo", scale=SCALE, progress=say) as demo:
        for name in parts or PARTS:
            say(f"measuring: {name}")
            yield from measured(name, demo)


def measured(name: str, demo: Demo) -> Iterator[Figure]:
    """The figures of one part; one that breaks off is a figure that is missed, and does not keep the others back."""
    try:
        yield from PARTS[name](demo)
    except (site.Died, site.Refused, OSError, HTTPException, RuntimeError) as error:
        because = (f"{type(error).__name__}: {error}",)
        yield Figure(name=f"{name}: all of it", target="measured", measured="broke off", met=False, because=because)
