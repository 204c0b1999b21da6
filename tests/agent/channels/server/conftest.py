"""The server in a thread of the tests, with a real database, real requests and a small server that stands for Slack."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import uvicorn
from psycopg.conninfo import conninfo_to_dict
from tests.agent.channels.reply import Reply
from tests.waiting import until

from dbengineer.agent import configuration
from dbengineer.agent.channels import http as channel
from dbengineer.agent.settings import Settings
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server

STOCK = """
CREATE TABLE goods (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, price_cents int NOT NULL,
  code char(5));


INSERT INTO goods (name, price_cents) SELECT 'Geheimware ' || n, 77001 + n FROM generate_series(1, 300) n;
ANALYZE;
CREATE ROLE stocktaker LOGIN PASSWORD 'Pa55-of-the-stock';
GRANT pg_monitor TO stocktaker;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO stocktaker;
REVOKE TEMPORARY ON DATABASE stock FROM PUBLIC;
"""
PASSWORD = "Pa55-of-the-stock"
KEYS = {"READER_KEY": "key-of-the-reader", "ANNA_KEY": "key-of-anna", "OTHER_KEY": "key-of-the-other"}
CONFIG = """
[databases.stock]
url = "${STOCK_URL}"
[databases.gone]
url = "postgresql://stocktaker@127.0.0.1:1/gone"
[keys.reader]
secret = "${READER_KEY}"
databases = ["stock"]
[keys.anna]
secret = "${ANNA_KEY}"
roles = ["read", "approve"]
[keys.other]
secret = "${OTHER_KEY}"
databases = ["gone"]
"""


class Site(NamedTuple):
    """A running server, as its clients see it."""

    port: int
    out: Path

    def ask(self, method: str, path: str, body: Any = None, key: str = "reader", **headers: str) -> Reply:
        """Sends a request with the key of somebody, and waits for the whole reply."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        given = {"authorization": f"Bearer {KEYS[key.upper() + '_KEY']}"} if key else {}
        given |= {"content-type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
        connection.request(method, path, raw, given)
        response = connection.getresponse()
        reply = Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read().decode())
        connection.close()
        return reply

    def get(self, path: str, key: str = "reader") -> Reply:
        """Asks for a path."""
        return self.ask("GET", path, key=key)

    def chat(self, message: str, key: str = "reader", **more: str) -> Reply:
        """Asks a question."""
        return self.ask("POST", "/v1/chat", {"message": message, **more}, key)

    def audited(self) -> list[dict[str, Any]]:
        """The lines of the audit log."""
        return [json.loads(line) for line in (self.out / "audit.jsonl").read_text().splitlines()]


Serve = Callable[..., Any]


@contextmanager
def serving(
    out: Path, stock: str, more: str = "", variables: dict[str, str] | None = None, **given: Any
) -> Iterator[Site]:
    """The application on a free port, until the block ends."""
    path = out.parent / f"{out.name}.toml"
    path.write_text(CONFIG + more)
    settings = Settings.model_validate({"out": out, "config": path, **given})
    held = configuration.read(settings, KEYS | {"STOCK_URL": stock} | (variables or {}))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(256)
        server = uvicorn.Server(uvicorn.Config(channel.create(settings, held), log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            until(lambda: server.started or not thread.is_alive(), 20)
            yield Site(listening.getsockname()[1], out)
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def owner() -> Iterator[Database]:
    """A database with a column whose type should change, as its owner sees it."""
    with Server.start(listen_tcp=True) as cluster:
        made = cluster.create("stock")
        made.script(STOCK)
        yield made
        made.close()


@pytest.fixture(scope="session")
def stock(owner: Database) -> str:
    """Its address for a role that can only read."""
    port = conninfo_to_dict(owner.conninfo)["port"]
    return f"postgresql://stocktaker:{PASSWORD}@127.0.0.1:{port}/stock"


@pytest.fixture(scope="session")
def serve() -> Serve:
    """Starts a server."""
    return serving


@pytest.fixture(scope="session")
def site(stock: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server that all tests share."""
    with serving(tmp_path_factory.mktemp("site") / "report", stock) as site:
        yield site


class Reviewed(NamedTuple):
    """A conversation in which a review was made, and its events."""

    thread: str
    events: list[tuple[str, Any]]

    @property
    def offer(self) -> dict[str, Any]:
        """The first change that waits for a person."""
        return next(data for kind, data in self.events if kind == "approval")


@pytest.fixture(scope="session")
def reviewed(site: Site) -> Reviewed:
    """A review of the schema, asked for in a conversation."""
    events = site.chat("review schema").events
    assert events[-1][0] == "done", events
    return Reviewed(events[0][1]["thread"], events)
