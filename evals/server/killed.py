"""The server is killed while it answers and at several points of a review; one on the same memory takes over."""

from __future__ import annotations

import http.client
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from dbengineer.evals.figure import Figure
from dbengineer.evals.server import kills
from dbengineer.evals.server.overhead import QUESTION
from dbengineer.evals.server.scripted import SlowModel
from dbengineer.evals.server.site import UNLIMITED, Site, until
from dbengineer.tools.facts import DELIVERABLES

POINTS = 5
MOMENTS = {"it was asked": 1, "its tool was called": 2, "its answer was begun": 3}
"""When the server is killed: while the model is at this one of its answers."""
FEW = ("recovery",)
"""What is looked at in a conversation, where no checklist is compared."""


def figures(url: str, points: int = POINTS, deliverables: tuple[str, ...] = DELIVERABLES) -> Iterator[Figure]:
    """Conversations whose history is whole after a kill, then reviews that end with the checklist of one left alone."""
    with tempfile.TemporaryDirectory() as folder:
        chats = {name: chat(Path(folder) / f"chat-{at}", url, at) for name, at in MOMENTS.items()}
        chats["its review was begun"] = review_in_a_chat(Path(folder) / "talk", url)
        yield _figure("killed while it answered: conversations whose history is whole", chats)
        expected, lines = undisturbed(Path(folder) / "whole", url, deliverables)
        after = [point * lines // (points + 1) for point in range(1, points + 1)]
        reviews = {f"{at} of {lines}": review(Path(folder) / str(at), url, deliverables, at, expected) for at in after}
    yield _figure("killed during a review: the same checklist after all, nothing proven twice", reviews)


def _figure(name: str, faults: dict[str, list[str]]) -> Figure:
    return Figure(
        name=name,
        target=f"{len(faults)} of {len(faults)}",
        measured=f"{sum(not each for each in faults.values())} of {len(faults)}",
        met=not any(faults.values()),
        because=tuple(f"killed after {at}: {fault}" for at, each in faults.items() for fault in each),
    )


def chat(folder: Path, url: str, answers: int) -> list[str]:
    """Asks twice, kills the server while the model is at so many answers to the second; gives what is wrong then."""
    folder.mkdir()
    with SlowModel(0) as model:
        with Site(folder, url, model=model, configuration=UNLIMITED) as site, ThreadPoolExecutor(1) as client:
            thread = str(list(site.chat(QUESTION))[-1].data["thread"])
            model.delay, asked = 0.5, len(model.traffic)
            client.submit(_listen, site, thread)
            until(lambda: len(model.traffic) == asked + answers)
            site.kill()
        model.delay = 0
        with site:
            said = site.get(f"/v1/threads/{thread}").json["thread"]["said"]
            again = list(site.chat("and now?", thread))[-1].kind
    return [*whole(said), *([] if again == "done" else ["the conversation cannot be gone on with"])]


def _listen(site: Site, thread: str) -> None:
    with suppress(OSError, http.client.HTTPException):
        list(site.chat("and why?", thread))


def whole(said: list[dict[str, Any]]) -> list[str]:
    """What a history lacks that should hold an answered question and one whose answer was interrupted."""
    asked = [line["text"] for line in said if line["by"]]
    answers = [line for line in said if not line["by"]]
    faults = [] if asked == [QUESTION, "and why?"] else [f"other questions: {asked}"]
    faults += [] if [a["unanswered"] for a in answers] == [False, True] else [f"other answers: {answers}"]
    return faults + ([] if "interrupted" in answers[-1]["text"] else ["nobody says that the answer was interrupted"])


def review_in_a_chat(folder: Path, url: str) -> list[str]:
    """A review that was asked for in a conversation is gone on with there."""
    folder.mkdir()
    with Site(folder, url, configuration=UNLIMITED) as site:
        events = site.chat(f"review {' '.join(FEW)}")
        thread = next(events).data["thread"]
        until(lambda: kills.evidence(site.out))
        site.kill()
    with site:
        said = until(lambda: _ended(site, thread))
    told = [(bool(line["by"]), line["unanswered"], bool(line["review"])) for line in said]
    return [] if told == [(True, False, False), (False, True, False), (False, False, True)] else [f"told: {said}"]


def _ended(site: Site, thread: str) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = site.get(f"/v1/threads/{thread}").json["thread"]["said"]
    return said if said[-1]["review"] else []


def undisturbed(folder: Path, url: str, deliverables: tuple[str, ...]) -> tuple[dict[str, Any], int]:
    """The report of a review that is left alone, and how many pieces of evidence it made."""
    folder.mkdir()
    with Site(folder, url, configuration=UNLIMITED) as site:
        report = _report(site, _ordered(site, deliverables))
    return report, len(kills.evidence(site.out))


def review(folder: Path, url: str, deliverables: tuple[str, ...], after: int, expected: dict[str, Any]) -> list[str]:
    """Orders a review, kills the server after so much evidence, and gives what is wrong with it in the end."""
    folder.mkdir()
    with Site(folder, url, configuration=UNLIMITED) as site:
        name = _ordered(site, deliverables)
        until(lambda: len(kills.evidence(site.out)) >= after)
        site.kill()
    with site:
        report = _report(site, name)
    folders = len(list(site.out.glob("*/evidence.jsonl")))
    again = [] if folders == 1 else [f"it was begun {folders} times"]
    return [*kills.differences(expected, report), *kills.twice(report, kills.evidence(site.out)), *again]


def _ordered(site: Site, deliverables: tuple[str, ...]) -> str:
    return str(site.ask("POST", "/v1/reviews", {"deliverables": deliverables}).json["id"])


def _report(site: Site, name: str) -> dict[str, Any]:
    """The report of a review once it has ended; raises RuntimeError where it failed."""
    job = until(lambda: _over(site, name))
    if job["status"] != "ended":
        raise RuntimeError(f"review {name}: {job['because']}")
    report: dict[str, Any] = job["report"]
    return report


def _over(site: Site, name: str) -> dict[str, Any]:
    """A review that is not running any more; nothing while it is."""
    job: dict[str, Any] = site.get(f"/v1/reviews/{name}").json
    return {} if job["status"] == "running" else job
