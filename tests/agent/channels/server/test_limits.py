"""What the server takes on, what it counts, and under which number."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dbengineer.agent.channels.door import Buckets
from dbengineer.agent.channels.metrics import Metrics


def test_a_request_keeps_the_number_of_its_client(site: Any) -> None:
    assert site.ask("GET", "/healthz", x_request_id="abc-1").headers["x-request-id"] == "abc-1"
    made = site.ask("GET", "/healthz", x_request_id="not a number\t").headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{32}", made)
    refused = site.ask("GET", "/v1/models", key="", x_request_id="abc-2")
    assert (refused.status, refused.json["request_id"]) == (401, "abc-2")


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/v1/threads/3f2a9c1b7d40", "DELETE, GET"), ("/v1/chat", "POST"), ("/openapi.json", "GET")],
)
def test_a_method_that_there_is_not_is_refused_with_those_that_there_are(site: Any, path: str, methods: str) -> None:
    refused = site.ask("PUT", path)
    assert (refused.status, refused.headers["allow"]) == (405, methods)


def test_too_many_requests_of_one_key_wait_and_the_others_do_not(serve: Any, stock: str, tmp_path: Path) -> None:
    with serve(tmp_path / "report", stock, "[limits]\nrequests_per_minute = 5\n") as site:
        assert [site.get("/v1/models").status for _ in range(6)] == [200] * 5 + [429]
        refused = site.get("/v1/models")
        assert 1 <= int(refused.headers["retry-after"]) <= 13
        assert site.get("/v1/models", key="anna").status == 200
        assert [site.get("/v1/models", key="").status for _ in range(6)] == [401] * 5 + [429], "guesses are counted"
        assert site.get("/healthz", key="").status == 200


def test_more_questions_than_may_wait_are_sent_away(serve: Any, stock: str, tmp_path: Path) -> None:
    limits = "[limits]\nchats_at_once = 1\nchats_waiting = 1\nbody_bytes = 2048\n"
    slow = "query SELECT count(*) FROM generate_series(1, 3000000) a"
    with serve(tmp_path / "report", stock, limits) as site, ThreadPoolExecutor(6) as clients:
        answers = list(clients.map(lambda _: site.chat(slow), range(6)))
        assert sorted({a.status for a in answers}) == [200, 429]
        assert sum(a.status == 200 for a in answers) >= 2
        assert all(a.events[-1][0] == "done" for a in answers if a.status == 200)
        assert site.chat("explain SELECT '" + "x" * 3000 + "'").status == 413


def test_what_is_counted_can_be_scraped(site: Any) -> None:
    site.chat("size")
    site.get("/v1/anything/else?secret=1")
    text = site.get("/metrics").text
    assert re.search(r'dbengineer_requests_total\{method="POST",route="/v1/chat",status="200"\} \d+', text)
    assert re.search(r'dbengineer_requests_total\{method="GET",route="other",status="404"\} \d+', text)
    assert re.search(r'dbengineer_chats_total\{outcome="answered"\} \d+', text)
    assert "dbengineer_requests_open 1" in text
    assert "secret" not in text
    assert site.get("/metrics", key="").status == 401
    for line in text.splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [0-9.]+', line), line


def test_a_histogram_counts_up_to_each_bound() -> None:
    metrics = Metrics()
    for seconds in (0.001, 0.2, 1000):
        metrics.took("dbengineer_chat_seconds", seconds)
    text = metrics.text()
    for bound, count in (("0.005", 1), ("0.1", 1), ("0.25", 2), ("120.0", 2), ("+Inf", 3)):
        assert f'dbengineer_chat_seconds_bucket{{le="{bound}"}} {count}\n' in text
    assert "dbengineer_chat_seconds_count 3\n" in text


def test_a_bucket_fills_evenly() -> None:
    now = 0.0
    buckets = Buckets(2, lambda: now)
    assert [buckets.take("a"), buckets.take("a")] == [0, 0]
    assert buckets.take("a") == pytest.approx(30)
    now = 30.0
    assert buckets.take("a") == 0
    assert buckets.take("b") == 0


def test_the_openapi_document_has_an_example_of_each_body(site: Any) -> None:
    held = site.get("/openapi.json").json
    for name in ("Question", "Order", "Ruling", "Completing"):
        schema = held["components"]["schemas"][name]
        assert "examples" in schema or all("examples" in field for field in schema["properties"].values()), name
    assert held["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
