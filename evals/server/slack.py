"""Requests in Slack's name that the server must not take: forged, replayed, stale, and those that came before.

What was refused is seen by the status and by what did not come about: nothing is posted in Slack, and no word on a
change is written down. Between them come requests that have to be taken, so that a server that refuses all fails too.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from dbengineer.agent import approvals
from dbengineer.evals.figure import Figure
from dbengineer.evals.server.sender import READER, Sender, now, offer
from dbengineer.evals.server.site import UNLIMITED, Reply, Site, until
from dbengineer.evals.server.workspace import Message, Workspace
from dbengineer.tools.scratch.database import Database

SECRET = "the-signing-secret"
SETTLES = 0.15
"""Seconds within which what a request sets off has been posted."""
CONFIGURATION = """
[slack]
signing_secret = "${SLACK_SECRET}"
bot_token = "${SLACK_TOKEN}"
api = "%s/api/"
approvers = ["UANNA"]
[slack.channels.CSTOCK]
database = "default"
"""
FORGED = {
    "another secret": {"secret": "guessed"},
    "an empty secret": {"secret": ""},
    "another body": {"signed": "command=%2Fdbe&text=help"},
    "an empty signature": {"signature": ""},
    "no signature": {"without": "x-slack-signature"},
    "no time": {"without": "x-slack-request-timestamp"},
    "no number as time": {"at": "now"},
}
"""What is wrong with the signature."""
OTHER_TIMES = {"five minutes old": -301, "a day old": -86_400, "of the future": 40_000}
"""How many seconds from now they were rightly signed."""
STALE = {
    "another hash": {"sha256": "0" * 64},
    "another change": {"change": "ddl-0000000000"},
    "another review": {"review": "abcdef123456"},
}
"""What a button holds that is not what was offered."""
TIMES = 2
"""How often each is delivered again."""


class Attempt(NamedTuple):
    """A request that must come to nothing: the status it should get, and whether its sender is told why not."""

    name: str
    send: Callable[..., Reply]
    status: int = 200
    told: bool = False


class Unanswered(Exception):
    """What has to be taken was not."""


class Trial:
    """One server on trial, with a message whose buttons stand for a change."""

    def __init__(self, sender: Sender, out: Path, owner: Database) -> None:
        self.sender = sender
        self.web = sender.web
        self.out = out
        self.owner = owner
        self.honest = 0
        self.tried = 0
        self.message: Message = {}

    def hold(self, kinds: Iterable[str]) -> list[str]:
        """Tries all that there is of these kinds, and gives what was accepted; raises Unanswered."""
        found = []
        self.message = self.take(partial(self.sender.command, "review schema migrations"))
        for kind in kinds:
            for attempt in KINDS[kind](self):
                self.tried += 1
                if faults := self._faults(attempt):
                    found.append(f"{kind}, {attempt.name}: {'; '.join(faults)}")
        self.take(partial(self.sender.command, "size"))
        more = len(self.web.sent("chat.postMessage")) - self.honest
        return found + ([f"later: {more} messages more than honest requests were posted"] if more and not found else [])

    def take(self, send: Callable[..., Reply], word: bool = False) -> Message:
        """Sends what has to be taken, a question or a person's word, and gives the answer; raises Unanswered."""
        before = len(self.web.calls)
        if (reply := send()).status != 200:
            raise Unanswered(f"an honest request got status {reply.status}")
        self.honest += 1
        try:
            return (
                until(lambda: self.web.sent("chat.postMessage", before), 60)[0] if word else self.web.answered(before)
            )
        except TimeoutError:
            raise Unanswered("an honest request was not answered") from None

    def ways(self) -> dict[str, Callable[..., Reply]]:
        """Each way in which Slack calls an app."""
        return {
            "command": partial(self.sender.command, "help"),
            "mention": partial(self.sender.mention, "help", "12.1"),
            "button": partial(self.sender.press, self.message, "approve"),
        }

    def _faults(self, attempt: Attempt) -> list[str]:
        """What came about that should not have, and what did not that should have."""
        before, words = len(self.web.calls), self._words()
        status, faults = attempt.send().status, []
        if attempt.told:
            try:
                until(lambda: self.web.sent("chat.postEphemeral", before), 20)
            except TimeoutError:
                faults.append("nobody was told why not")
        time.sleep(SETTLES)
        made = [name for name, _ in self.web.calls[before:] if not (attempt.told and name == "chat.postEphemeral")]
        faults += [f"status {status}"] if status != attempt.status else []
        faults += [f"it was answered ({', '.join(made)})"] if made else []
        return faults + (["a word was written down"] if self._words() != words else [])

    def _words(self) -> int:
        """How many words on changes were written down, in the reports and in the log."""
        files = [*self.out.glob(f"*/{approvals.FILE}"), self.out / "audit.jsonl"]
        return sum(file.read_text().count('"decision":') for file in files if file.is_file())


def figures(url: str, owner: Database) -> Iterator[Figure]:
    """How many requests were accepted that must not be, by a server on a database whose owner can change it."""
    with Workspace() as web, tempfile.TemporaryDirectory() as folder:
        variables = {"SLACK_SECRET": SECRET, "SLACK_TOKEN": "xoxb-the-token"}
        more = UNLIMITED + CONFIGURATION % web.address
        with Site(Path(folder), url, configuration=more, variables=variables) as site:
            yield figure(Trial(Sender(site.port, web, SECRET), site.out, owner))


def figure(trial: Trial, kinds: Iterable[str] = ()) -> Figure:
    """The same of a server on trial; of some kinds only where they are named."""
    name = "Slack: forged, replayed, stale, duplicated requests accepted"
    try:
        accepted = trial.hold(kinds or KINDS)
    except Unanswered as error:
        return Figure(name=name, target="0", measured="not measured", met=False, because=(str(error),))
    measured = f"{len(accepted)} of {trial.tried}, beside {trial.honest} honest ones"
    return Figure(name=name, target="0", measured=measured, met=not accepted, because=tuple(accepted))


def forged(trial: Trial) -> Iterator[Attempt]:
    """Not signed by Slack."""
    for way, send in trial.ways().items():
        for name, changed in FORGED.items():
            yield Attempt(f"{way} with {name}", partial(send, **changed), 401)


def replayed(trial: Trial) -> Iterator[Attempt]:
    """Signed by Slack, recorded by somebody and sent again: too late, or at once."""
    for way, send in trial.ways().items():
        for name, later in OTHER_TIMES.items():
            yield Attempt(f"{way} {name}", partial(send, at=now(later)), 401)
    for way, send in _named(trial, "recorded").items():
        recorded = partial(send, at=now())
        trial.take(recorded, way == "button")
        yield Attempt(f"{way} of a moment ago", recorded)


def stale(trial: Trial) -> Iterator[Attempt]:
    """Buttons of something that is not there any more, or pressed by who may not, or elsewhere."""
    press = partial(trial.sender.press, trial.message, "approve")
    yield Attempt("a button of who may only read", partial(press, user=READER), told=True)
    yield Attempt("a button in a channel that is not answered", partial(press, channel="CELSE"), told=True)
    for name, held in STALE.items():
        yield Attempt(f"a button of {name}", partial(press, held=held), told=True)
    with _other_file(trial):
        yield Attempt("a button of a change whose file is another by now", press, told=True)
    trial.owner.script("CREATE TABLE public.made_since (id int PRIMARY KEY)")
    try:
        yield Attempt("a button of a schema that is another by now", press, told=True)
    finally:
        trial.owner.script("DROP TABLE public.made_since")


def duplicated(trial: Trial) -> Iterator[Attempt]:
    """Delivered again by Slack, which signs anew then."""
    for way, send in _named(trial, "delivered").items():
        trial.take(partial(send, at=now(-10)), way == "button")
        for number in range(TIMES):
            yield Attempt(f"{way}, time {number + 2}", partial(send, at=now(number - 9), retry="yes"))


KINDS: Mapping[str, Callable[[Trial], Iterator[Attempt]]] = {
    "forged": forged,
    "stale": stale,
    "replayed": replayed,
    "duplicated": duplicated,
}
"""In this order: an approved change waits no more, and the last two approve it first."""


def _named(trial: Trial, name: str) -> dict[str, Callable[..., Reply]]:
    """The ways to call with the number that Slack gives to what it delivers."""
    number = {"command": {"trigger": f"tr-{name}"}, "mention": {"event": f"Ev-{name}"}}
    number["button"] = {"trigger": f"tr-{name}-button"}
    return {way: partial(send, **number[way]) for way, send in trial.ways().items()}


@contextmanager
def _other_file(trial: Trial) -> Iterator[None]:
    """The file of the change that is offered, altered as long as the block lasts."""
    file = next(trial.out.glob(f"*/migrations/waiting/{offer(trial.message)['change']}.sql"))
    text = file.read_text()
    file.write_text(f"{text}-- altered\n")
    try:
        yield
    finally:
        file.write_text(text)
