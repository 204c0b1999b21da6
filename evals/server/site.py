"""`dbengineer serve` in a process of its own, as its clients meet it: over HTTP, with a key; it can be killed."""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar

from dbengineer.evals.server.scripted import NAME, SlowModel

COMMAND = [sys.executable, "-m", "dbengineer", "serve", "--port", "0"]
LISTENS = re.compile(r"running on http://127\.0\.0\.1:(\d+)")
UNLIMITED = "[limits]\nrequests_per_minute = 1000000\n"
"""For a part that asks more often than anybody would, and measures something else."""
Seen = TypeVar("Seen")


class Reply(NamedTuple):
    """A reply, read to its end."""

    status: int
    text: str

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.text)


class Event(NamedTuple):
    """An event of an answer, and how many seconds after the question it came."""

    kind: str
    data: dict[str, Any]
    after: float


class Refused(Exception):
    """A question that was not answered by a stream: the status, and what was said."""


class Died(Exception):
    """The server did not come up; its log says why."""


class Site:
    """A server on one database and one folder; begun again it finds what the last one has left there."""

    def __init__(
        self,
        folder: Path,
        url: str,
        *,
        model: SlowModel | None = None,
        configuration: str = "",
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.out = folder / "report"
        self.log = folder / "serve.log"
        self.key = secrets.token_hex(16)
        self.port = 0
        file = folder / "server.toml"
        file.write_text(configuration, encoding="utf-8")
        given = {"URL": url, "OUT": str(self.out), "SERVER_KEY": self.key, "CONFIG": str(file)}
        given |= {"MODEL": NAME, "BASE_URL": model.url} if model else {}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DBENGINEER_")}
        self._variables = kept | {f"DBENGINEER_{name}": value for name, value in given.items()} | dict(variables or {})
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Starts it; raises Died."""
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(COMMAND, stdout=log, stderr=log, env=self._variables)
        process = self._process
        found = until(lambda: LISTENS.search(self.log.read_text()) or process.poll() is not None, 60)
        if not isinstance(found, re.Match):
            raise Died(self.log.read_text())
        self.port = int(found[1])
        return self

    def __exit__(self, *error: object) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(60)

    def kill(self) -> None:
        """Ends it as a power cut does."""
        assert self._process, "it is not running"
        self._process.kill()
        self._process.wait()

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> http.client.HTTPConnection:
        """Sends a request, with the key."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        given = {"authorization": f"Bearer {self.key}", "content-type": "application/json"}
        connection.request(method, path, raw, given | {k.replace("_", "-"): v for k, v in headers.items()})
        return connection

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Sends a request and waits for the whole reply."""
        with closing(self.send(method, path, body, **headers)) as connection:
            response = connection.getresponse()
            return Reply(response.status, response.read().decode())

    def get(self, path: str) -> Reply:
        """Asks for a path."""
        return self.ask("GET", path)

    def chat(self, message: str, thread: str = "") -> Iterator[Event]:
        """The events of an answer as they come; raises Refused, and OSError or HTTPException where it breaks off."""
        began = time.perf_counter()
        with closing(self.send("POST", "/v1/chat", {"message": message, "thread": thread})) as connection:
            response = connection.getresponse()
            if response.status != 200:
                raise Refused(f"{response.status}: {response.read().decode()}")
            kind = ""
            while line := response.readline().decode():
                name, _, value = line.rstrip("\n").partition(": ")
                if name == "event":
                    kind = value
                elif name == "data":
                    yield Event(kind, json.loads(value), time.perf_counter() - began)

    def counted(self, metric: str) -> int:
        """What the server counts under a name with its labels, such as `…_total{channel="slack"}`."""
        lines = (line.rpartition(" ") for line in self.get("/metrics").text.splitlines())
        return sum(int(value) for name, _, value in lines if name == metric)

    def worked(self) -> float:
        """The seconds that the server's process has had of a processor (Linux)."""
        assert self._process, "it is not running"
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def scripted(url: str, delay: float = 0, configuration: str = "") -> Iterator[tuple[Site, SlowModel]]:
    """A server with the stand-in of a model, on a folder that goes at the end."""
    with (
        tempfile.TemporaryDirectory() as folder,
        SlowModel(delay) as model,
        Site(Path(folder), url, model=model, configuration=configuration) as site,
    ):
        until(lambda: "by a plan" in site.get("/readyz").text)  # its own probe has ended
        yield site, model


def until(look: Callable[[], Seen], seconds: float = 300) -> Seen:
    """What a look gives once it gives something; raises TimeoutError."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if seen := look():
            return seen
        time.sleep(0.02)
    raise TimeoutError(f"it did not come about within {seconds:g} s")


def share(values: list[float], part: float) -> float:
    """The value that so large a part of them does not exceed, such as 0.95."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
