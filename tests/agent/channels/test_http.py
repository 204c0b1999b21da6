"""The HTTP server as its clients meet it: a real process, a real database, real requests."""

from __future__ import annotations

import http.client
import inspect
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import uvicorn
from pydantic import SecretStr
from tests.agent.channels.reply import Reply, events
from tests.waiting import until

from dbengineer.agent.channels import door
from dbengineer.agent.channels import http as channel
from dbengineer.agent.settings import Settings
from dbengineer.tools.scratch.server import Server

SHOP = """
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL);
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL REFERENCES users);
INSERT INTO users (email) SELECT 'user' || n || '@example.com' FROM generate_series(1, 500) n;
INSERT INTO orders (user_id) SELECT 1 + n % 500 FROM generate_series(1, 5000) n;
ANALYZE;
CREATE ROLE reader LOGIN PASSWORD 'Pa55-of-the-reader';
GRANT pg_read_all_settings, pg_read_all_stats TO reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO reader;
REVOKE TEMPORARY ON DATABASE shop FROM PUBLIC;
"""
PASSWORD = "Pa55-of-the-reader"
KEY = "clé-of-the-server"
SLOW = "query SELECT count(*) FROM generate_series(1, 5000000) a"


class Site(NamedTuple):
    """A running server, as a client sees it, and what it has written to its log."""

    host: str
    port: int
    key: str
    log: Path
    out: Path
    process: subprocess.Popen[bytes] | None = None

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> http.client.HTTPConnection:
        """Sends a request, with the key unless an Authorization is given."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        given = {"authorization": f"Bearer {self.key}"} if self.key else {}
        given |= {"content-type": "application/json"} | headers
        connection.request(method, path, raw, {name: text.encode() for name, text in given.items() if text})
        return connection

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Sends a request and waits for the whole reply."""
        connection = self.send(method, path, body, **headers)
        response = connection.getresponse()
        reply = Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read().decode())
        connection.close()
        return reply

    def get(self, path: str, **headers: str) -> Reply:
        """Asks for a path."""
        return self.ask("GET", path, **headers)

    def chat(self, message: str, **more: str) -> list[tuple[str, Any]]:
        """The events with which a question is answered."""
        reply = self.ask("POST", "/v1/chat", {"message": message, **more})
        assert reply.status == 200, reply
        assert reply.headers["content-type"].startswith("text/event-stream")
        return events(reply.text)

    def answer(self, message: str) -> str:
        """The answer to a question that is answered to its end."""
        told = self.chat(message)
        assert told[-1] == ("done", told[0][1]), told
        return "".join(data["text"] for kind, data in told if kind == "delta")

    def watched(self, name: str) -> dict[str, Any]:
        """A review that has ended."""
        return until(lambda: job if (job := self.get(f"/v1/reviews/{name}").json)["status"] != "running" else None)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Server]:
    """A server that wants a password, with the shop in it."""
    with Server.start(listen_tcp=True) as server:
        server.create("shop").close()
        shop = server.database("shop")
        shop.script(SHOP)
        shop.close()
        yield server


def url_of(cluster: Server, password: str = PASSWORD) -> str:
    return f"postgresql://reader:{password}@127.0.0.1:{cluster.port}/shop"


@contextmanager
def serving(folder: Path, url: str, key: str = KEY) -> Iterator[Site]:
    """`dbengineer serve` on a port that is free."""
    log = folder / "serve.log"
    variables = {k: v for k, v in os.environ.items() if not k.startswith("DBENGINEER_")}
    variables |= {"DBENGINEER_URL": url, "DBENGINEER_OUT": str(folder / "report"), "PYTHONUNBUFFERED": "1"}
    variables |= {"DBENGINEER_SERVER_KEY": key} if key else {}
    code = "from dbengineer.agent.channels.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", "--port", "0"]
    with log.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=file, env=variables) as process:
        try:
            port = until(lambda: re.search(r"running on http://127\.0\.0\.1:(\d+)", log.read_text()), 30)
            yield Site("127.0.0.1", int(port[1]), key, log, folder / "report", process)
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="module")
def site(cluster: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with a key on the shop."""
    with serving(tmp_path_factory.mktemp("site"), url_of(cluster)) as site:
        yield site
        told = site.log.read_text()
        assert PASSWORD not in told
        assert KEY not in told
        assert "Traceback" not in told
        assert "unforeseen" not in told


def test_all_is_well(site: Site) -> None:
    assert site.get("/healthz", authorization="").json["status"] == "ok"
    ready = site.get("/readyz").json
    assert (ready["status"], ready["databases"], ready["model"]) == ("ok", "default", "none")
    assert "no model is configured" in ready["decides"]


def test_who_has_no_key_learns_only_that_it_is_ready(site: Site) -> None:
    assert site.get("/readyz", authorization="").json == {"status": "ok"}


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic " + KEY, KEY, f"Bearer {KEY}x"])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/chat"), ("GET", "/v1/reviews/abcdef12"), ("GET", "/openapi.json")]
)
def test_without_the_right_key_nobody_comes_in(site: Site, given: str, method: str, path: str) -> None:
    refused = site.ask(method, path, b"not even JSON" if method == "POST" else None, authorization=given)
    assert refused.status == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert "Authorization: Bearer KEY" in refused.json["detail"]
    assert KEY not in refused.text


def test_the_scheme_may_be_written_small(site: Site) -> None:
    assert site.get("/v1/reviews/abcdef12", authorization=f"bearer {KEY}").status == 404


def test_a_plan_is_explained(site: Site) -> None:
    assert "expects a cost" in site.answer("explain SELECT * FROM public.orders WHERE user_id = 7")


def test_the_missing_index_is_found_and_progress_is_told(site: Site) -> None:
    told = site.chat("indexes")
    assert [kind for kind, _ in told][0] == "thread"
    assert any(kind == "step" and "foreign key" in data["text"] for kind, data in told)
    assert any(kind == "evidence" and data["tool"] == "run_checks" and data["ids"] for kind, data in told)
    assert "public.orders" in "".join(data["text"] for kind, data in told if kind == "delta")
    assert told[-1][0] == "done"


@pytest.mark.parametrize("write", ["DELETE FROM public.orders", "SELECT 1; DROP TABLE public.orders"])
@pytest.mark.parametrize(
    ("command", "said"), [("query", "the statement was not sent"), ("explain", "only one SELECT can be explained")]
)
def test_a_write_is_refused_with_the_reason(site: Site, command: str, said: str, write: str) -> None:
    assert said in site.answer(f"{command} {write}")


def test_what_nobody_understands_is_refused_with_the_commands(site: Site) -> None:
    refused = site.ask("POST", "/v1/chat", {"message": "why is my shop slow?"})
    assert refused.status == 409
    assert "explain <sql>" in refused.json["detail"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "message: Field required"),
        ({"message": ""}, "message: String should have at least 1 character"),
        ({"message": "x" * 8001}, "message: String should have at most 8000 characters"),
        ({"message": 7}, "message: Input should be a valid string"),
        ({"message": "indexes", "model": "x"}, "model: Extra inputs are not permitted"),
        (["indexes"], "the body: "),
        (b"message=indexes", "the body: JSON decode error"),
        (b"", "the body: "),
        (b"\xff\xfe", "the body: JSON decode error"),
        (b'{"message": "\\ud800"}', "message: "),
    ],
)
def test_a_bad_body_is_refused_in_clear_words(site: Site, body: Any, said: str) -> None:
    refused = site.ask("POST", "/v1/chat", body)
    assert refused.status == 422
    assert refused.json["detail"].startswith(said)
    assert 'such as {"message": "indexes"}' in refused.json["detail"]
    assert len(refused.text) < 600


def test_a_form_of_a_web_page_is_not_taken_for_json(site: Site) -> None:
    refused = site.ask("POST", "/v1/chat", {"message": "indexes"}, **{"content-type": "text/plain"})
    assert refused.status == 422
    assert "Content-Type: application/json" in refused.json["detail"]


def test_8000_characters_are_read_however_they_are_escaped(site: Site) -> None:
    longest = json.dumps({"message": "query SELECT '" + "\N{ELEPHANT}" * 7985 + "'"}).encode()
    assert len(longest) > 90_000
    assert site.ask("POST", "/v1/chat", longest).status == 200


def test_a_body_beyond_all_measure_is_not_read(site: Site) -> None:
    assert site.ask("POST", "/v1/chat", b" " * 1_000_000).status == 413


def test_a_nul_in_a_question_harms_nothing(site: Site) -> None:
    assert site.chat("query SELECT '\0'")[-1][0] in ("done", "error")


@pytest.mark.parametrize("asked", [[], ["poetry"], "indexes"])
def test_an_order_for_nothing_there_is_refused(site: Site, asked: Any) -> None:
    refused = site.ask("POST", "/v1/reviews", {"deliverables": asked})
    assert refused.status == 422
    assert refused.json["detail"].startswith("deliverables")
    assert '"deliverables": ["indexes"' in refused.json["detail"]


def test_a_review_is_ordered_watched_and_read(site: Site) -> None:
    ordered = site.ask("POST", "/v1/reviews", {"deliverables": ["indexes"]})
    assert ordered.status == 202
    name = ordered.json["id"]
    assert ordered.json["status"] == "running"
    refused = site.ask("POST", "/v1/reviews", {})
    assert refused.status == 429
    assert name in refused.json["detail"]
    assert int(refused.headers["retry-after"]) > 0
    assert "tables take" in site.answer("size"), "questions are answered meanwhile"
    assert until(lambda: site.get(f"/v1/reviews/{name}").json["doing"])

    ended = site.watched(name)
    assert ended["status"] == "ended", ended["because"]
    assert ended["looked_at"] > 0
    assert ended["proven"] > 0
    lines = {d["id"]: d["status"] for d in ended["report"]["checklist"]["deliverables"]}
    assert lines["indexes"] in ("ready", "open")
    assert lines["security"] == "not_asked"
    page = site.get(ended["page"])
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("sandbox")
    assert "<title>shop" in page.text
    assert PASSWORD not in page.text + json.dumps(ended)
    assert_only_the_report_is_given_out(site, name)
    assert "expects a cost" in site.answer("explain SELECT * FROM public.orders")


def assert_only_the_report_is_given_out(site: Site, name: str) -> None:
    assert site.get(f"/v1/reports/{name}/checklist.md").status == 200
    assert site.get(f"/v1/reports/{name}/report.html", authorization="").status == 401
    for path in ("nothing.txt", "", ".run/begun.json", "../serve.log", "%2e%2e/serve.log", "/etc/passwd", "%00"):
        assert site.get(f"/v1/reports/{name}/{path}").status == 404, path


@pytest.mark.parametrize(
    "path", ["/v1/reviews/abcdef12", "/v1/reports/abcdef12/report.html", "/v1/other", "/v1/threads/abcdef12"]
)
def test_what_is_not_there_is_not_found(site: Site, path: str) -> None:
    assert site.get(path).status == 404


def test_clients_at_once_are_answered_each_for_itself(site: Site) -> None:
    before = set(site.out.iterdir())
    numbers = (1000, 2000, 3000)
    with ThreadPoolExecutor(3) as clients:
        answers = list(clients.map(site.answer, [f"explain SELECT generate_series(1, {n}) AS to_{n}" for n in numbers]))
    assert len(set(answers)) == 3
    ledgers = [(folder / "evidence.jsonl").read_text() for folder in set(site.out.iterdir()) - before]
    assert sorted(n for ledger in ledgers for n in numbers if f"to_{n}" in ledger) == [*numbers]
    assert len(ledgers) == 3, "each question has a folder of its own"


def test_the_server_answers_for_its_health_while_it_works(site: Site) -> None:
    with ThreadPoolExecutor(1) as clients:
        answer = clients.submit(site.answer, SLOW)
        began = time.monotonic()
        assert site.get("/healthz").status == 200
        assert site.get("/readyz").status == 200
        assert time.monotonic() - began < 2
        assert "1 row" in answer.result()


def test_who_hangs_up_does_not_keep_the_office_busy(site: Site) -> None:
    connection = site.send("POST", "/v1/chat", {"message": "indexes"})
    response = connection.getresponse()
    until(lambda: response.readline().startswith(b"event: step"))
    folder = max(site.out.glob("shop-ask-*"), key=lambda path: path.stat().st_mtime)
    response.close()
    connection.close()
    assert "expects a cost" in site.answer("explain SELECT * FROM public.users")
    seen = (folder / "evidence.jsonl").read_text()
    assert "advise" not in seen, "the work went on to its end for nobody"


def test_the_database_goes_away_and_the_password_stays_secret(tmp_path: Path) -> None:
    with Server.start(listen_tcp=True) as cluster:
        cluster.create("shop").close()
        shop = cluster.database("shop")
        shop.script(SHOP)
        shop.close()
        with serving(tmp_path, url_of(cluster)) as site:
            assert site.get("/readyz").status == 200
            cluster.stop()
            away = site.get("/readyz")
            assert away.status == 503
            assert "127.0.0.1" in away.json["detail"]
            anyone = site.get("/readyz", authorization="")
            assert (anyone.status, anyone.json["detail"]) == (503, "the database does not answer; the log says why")
            assert site.get("/healthz").status == 200
            kind, told = site.chat("slow")[-1]
            assert kind == "error"
            reason = told["reason"]
            assert "127.0.0.1" in reason
            failed = site.watched(site.ask("POST", "/v1/reviews", {}).json["id"])
            assert failed["status"] == "failed"
            assert "127.0.0.1" in failed["because"]
    assert PASSWORD not in away.text + reason + failed["because"] + site.log.read_text()


def test_a_wrong_password_is_told_but_not_shown(cluster: Server, tmp_path: Path) -> None:
    with serving(tmp_path, url_of(cluster, "Wr0ng-Pa55"), key="") as site:
        refused = site.get("/readyz")
        assert refused.status == 503
        assert "password" in refused.json["detail"]
    assert "Wr0ng-Pa55" not in refused.text + site.log.read_text()


def below(pid: int) -> set[int]:
    """The processes that a process has started, and those that they have."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found: set[int] = set()
    while new := {child for child, parent in parents.items() if parent in found | {pid}} - found:
        found |= new
    return found


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")
def test_a_server_that_is_stopped_leaves_nothing_behind(cluster: Server, tmp_path: Path) -> None:
    with serving(tmp_path, url_of(cluster)) as site:
        assert site.process
        name = site.ask("POST", "/v1/reviews", {}).json["id"]
        until(lambda: any('"scratch"' in ledger.read_text() for ledger in site.out.glob("*/evidence.jsonl")))
        started = below(site.process.pid)
        commands = [Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in started]
        data = next(Path(c[c.index(b"-D") + 1].decode()) for c in commands if b"-D" in c)
        assert site.get(f"/v1/reviews/{name}").json["status"] == "running"
        site.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        site.process.wait(20)
        assert time.monotonic() - began < 9
    until(lambda: not any(map(alive, started)), 15)
    until(lambda: not data.exists(), 5)
    admin = cluster.database("postgres")
    left = "SELECT count(*) AS n FROM pg_stat_activity WHERE usename = 'reader'"
    until(lambda: admin.query(left)[0]["n"] == 0, 35)
    admin.close()
    assert "Traceback" not in site.log.read_text()


def test_a_stream_does_not_keep_the_server_from_ending(cluster: Server, tmp_path: Path) -> None:
    with serving(tmp_path, url_of(cluster)) as site:
        assert site.process
        connection = site.send("POST", "/v1/chat", {"message": SLOW.replace("5000000", "900000000")})
        connection.getresponse()
        site.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        site.process.wait(20)
        assert time.monotonic() - began < 9
        connection.close()


@contextmanager
def in_a_thread(settings: Settings, folder: Path, host: str) -> Iterator[int]:
    """The application under another server than `dbengineer serve`, which would refuse to listen there."""
    with socket.socket() as listening:
        listening.bind((host, 0))
        listening.listen()
        port: int = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(channel.create(settings), log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield port
        finally:
            server.should_exit = True
            thread.join()


def own_address() -> str:
    """An address of this machine that others reach it by."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))  # a datagram socket sends nothing to connect
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def test_without_a_key_only_this_machine_is_answered(tmp_path: Path) -> None:
    with in_a_thread(Settings(), tmp_path, "0.0.0.0") as port:
        here = Site("127.0.0.1", port, "", tmp_path, tmp_path)
        assert here.get("/v1/reviews/abcdef12").status == 404
        assert here.get("/v1/reviews/abcdef12", host=f"localhost:{port}").status == 404
        assert here.get("/v1/reviews/abcdef12", host=f"[::1]:{port}").status == 404
        for name in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "[", "localhost:x:80"):
            rebound = here.get("/v1/reviews/abcdef12", host=name)
            assert rebound.status == 403, name
            assert "DBENGINEER_SERVER_KEY" in rebound.json["detail"]
        if own_address() != "127.0.0.1":
            there = here._replace(host=own_address())
            assert there.get("/v1/reviews/abcdef12").status == 403
            assert there.get("/v1/reviews/abcdef12", host="localhost").status == 403
            assert there.get("/healthz").status == 200


def test_with_a_key_others_are_answered_too(tmp_path: Path) -> None:
    with in_a_thread(Settings(server_key=SecretStr(KEY)), tmp_path, "0.0.0.0") as port:
        there = Site(own_address(), port, KEY, tmp_path, tmp_path)
        assert there.get("/v1/reviews/abcdef12").status == 404
        assert there.get("/v1/reviews/abcdef12", authorization="").status == 401


@pytest.mark.parametrize("host", ["0.0.0.0", ""])
def test_without_a_key_it_does_not_listen_for_others(host: str) -> None:
    code = "from dbengineer.agent.channels.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", "--port", "0", "--host", host]
    variables = {k: v for k, v in os.environ.items() if not k.startswith("DBENGINEER_")}
    ended = subprocess.run(command, capture_output=True, text=True, env=variables, timeout=30, check=False)
    assert ended.returncode == 2
    assert "DBENGINEER_SERVER_KEY" in ended.stderr


def test_keys_are_compared_in_constant_time() -> None:
    compared = inspect.getsource(door.holder)
    assert "hmac.compare_digest(given" in compared
    assert "given ==" not in compared
