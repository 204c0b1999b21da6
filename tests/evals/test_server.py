"""The suite `server` is able to fail: a server that lies, forgets or believes what it is told misses its figures."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dbengineer.agent.channels.evaluating import evaluate
from dbengineer.evals.demo import Demo
from dbengineer.evals.figure import Figure
from dbengineer.evals.server import chats, document, killed, kills, overhead, site, slack, suite
from dbengineer.evals.server.scripted import SlowModel
from dbengineer.evals.server.sender import Sender
from dbengineer.evals.server.site import Died
from dbengineer.evals.server.workspace import Workspace


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a small to-do list."""
    with Demo("todo", scale=suite.SCALE) as demo:
        yield demo.url


class Denying(SlowModel):
    """A model that says it took no time at all, so that the agent seems to have taken it."""

    def __init__(self, delay: float) -> None:
        super().__init__(delay)
        self.took = Nothing()


class Nothing(list[float]):
    """Keeps that something took nothing."""

    def append(self, seconds: float) -> None:
        """Keeps a zero."""
        super().append(0)


def test_time_that_nobody_else_has_taken_is_the_agents(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "SlowModel", Denying)
    median, most, _ = overhead.figures(url, turns=2)
    assert (median.met, most.met) == (False, False)
    assert int(median.measured.removesuffix(" ms")) > 3 * overhead.DELAY * 1000


def test_a_server_that_sends_people_away_has_errors(url: str) -> None:
    errors, *_ = chats.figures(url, 4, "[limits]\nchats_at_once = 1\nchats_waiting = 0\n")
    assert errors.met is False
    assert int(errors.measured) >= 2
    assert "too many questions wait already" in errors.because[0]


@contextmanager
def talking(web: Workspace, status: int = 200) -> Iterator[int]:
    """A server that has the same answer, and the same status, for everybody; gives its port."""
    held = json.dumps({"review": "r", "change": "c", "sha256": "s"})
    buttons = {"type": "actions", "block_id": "c", "elements": [{"action_id": "approve", "value": held}]}
    answer = json.dumps({"text": "The answer", "ts": "1.1", "blocks": [buttons]}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            for method in ("chat.postMessage", "chat.update") if status == 200 else ():
                web.called(f"/api/{method}", answer)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "measured", "said"),
    [
        (200, "27 of 27, beside 5 honest ones", "forged, command with another secret: status 200; it was answered"),
        (401, "not measured", "an honest request got status 401"),
    ],
)
def test_who_believes_all_that_seems_to_be_slacks_or_nothing_fails(
    status: int, measured: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack, "SETTLES", 0)
    nobody: Any = None
    with Workspace() as web, talking(web, status) as port:
        found = slack.figure(slack.Trial(Sender(port, web, slack.SECRET), tmp_path, nobody), ("forged", "duplicated"))
    assert (found.met, found.measured) == (False, measured)
    assert said in found.because[0]


REPORT: dict[str, Any] = {
    "complete": True,
    "errors": [],
    "failures": [],
    "test_cases": {"generated": 1157},
    "operations": {"tested": 13, "total": 13},
}
UNFORESEEN = """
ERROR:    unforeseen KeyError at
  File "/there/office.py", line 3, in ask
  File "/there/memory.py", line 9, in thread
Traceback (most recent call last):
  File "/there/memory.py", line 9, in thread
KeyError: 'lost'
"""
UNDOCUMENTED = {"title": "Undocumented status", "code": "ST101", "operations": ["GET /v1/models"]}


@pytest.mark.parametrize(
    ("changed", "log", "met", "said"),
    [
        ({}, "", True, ""),
        ({"failures": [UNDOCUMENTED]}, "", False, "Undocumented status (ST101): GET /v1/models"),
        ({"complete": False, "stop_reason": "interrupted"}, "", False, "it was not complete: interrupted"),
        ({"operations": {"tested": 12, "total": 13}}, "", False, ""),
        ({}, UNFORESEEN, False, "unforeseen in memory.py, line 9, 2 times by the server's log"),
    ],
)
def test_a_document_that_the_server_departs_from_is_told(
    changed: dict[str, Any], log: str, met: bool, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def running(*given: Any) -> Iterator[Any]:
        (tmp_path / "serve.log").write_text(log)
        yield SimpleNamespace(log=tmp_path / "serve.log"), None

    monkeypatch.setattr(document, "find_spec", lambda name: name)
    monkeypatch.setattr(document, "scripted", running)
    monkeypatch.setattr(document, "tried", lambda *given: REPORT | changed)
    (found,) = document.figures("")
    assert (found.met, said in "".join(found.because)) == (met, True)


def test_what_could_not_be_tried_is_not_met(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "find_spec", lambda name: None)
    (found,) = document.figures("")
    assert (found.met, found.measured) == (False, "not measured")
    assert "pip install 'dbengineer[evals]'" in found.because[0]


def said(text: str, by: str = "", unanswered: bool = False) -> dict[str, Any]:
    """One thing said in a conversation."""
    return {"text": text, "by": by, "unanswered": unanswered}


WHOLE = [
    said(overhead.QUESTION, "server"),
    said("The largest tables are those."),
    said("and why?", "server"),
    said("The answer was interrupted: the server ended.", unanswered=True),
]


@pytest.mark.parametrize("lost", range(len(WHOLE)))
def test_a_history_that_lacks_anything_is_not_whole(lost: int) -> None:
    assert killed.whole(WHOLE) == []
    assert killed.whole(WHOLE[:lost] + WHOLE[lost + 1 :]) != []


def report(status: str = "ready", **changed: Any) -> dict[str, Any]:
    """What a review came down to."""
    proof = {"recommendation": "ddl-1", "verdict": "proven", "evidence": ["ev-1"]}
    lines = {"deliverables": [{"id": "schema", "status": status}]}
    return {"checklist": lines, "findings": [], "proofs": [proof]} | changed


def test_a_review_that_ends_otherwise_or_proves_twice_is_not_the_same() -> None:
    assert kills.differences(report(), report()) == []
    assert kills.differences(report(), report("missing")) == ["other statuses"]
    assert kills.differences(report(), report(proofs=[])) == ["other verdicts"]
    proofs = report()["proofs"]
    assert kills.twice(report(), [{"id": "ev-1"}]) == []
    assert kills.twice(report(proofs=proofs * 2), [{"id": "ev-1"}]) == ["ddl-1 is proven twice"]
    assert kills.twice(report(), []) == ["ddl-1 cites evidence that is lost"]


def broken(demo: Any) -> Iterator[Figure]:
    """A part whose server does not come up."""
    raise Died("the port is taken")
    yield


def reached(demo: Any) -> Iterator[Figure]:
    """A part that is as it should be."""
    yield Figure(name="errors", target="0", measured="0", met=True)


@pytest.mark.parametrize(("parts", "status"), [(["good"], 0), (["bad", "good"], 1)])
def test_a_part_that_breaks_off_is_missed_and_the_others_are_measured(
    parts: list[str], status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def nowhere(*given: Any, **more: Any) -> Iterator[None]:
        yield

    monkeypatch.setattr(suite, "Demo", nowhere)
    monkeypatch.setattr(suite, "PARTS", {"good": reached, "bad": broken})
    with pytest.raises(SystemExit) as ended:
        evaluate("server", part=parts, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (ended.value.code, told[-1]["met"], len(told)) == (status, True, len(parts))
    if status:
        with pytest.raises(SystemExit):
            evaluate("server", part=parts)
        assert "bad: all of it: Died: the port is taken" in capsys.readouterr().out


def test_a_part_that_there_is_not_is_refused_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        evaluate("server", part=["speed"])
    assert ended.value.code == 2
    assert "use some of overhead, chats, document, killed, kills, slack" in capsys.readouterr().err
