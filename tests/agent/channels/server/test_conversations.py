"""Conversations over HTTP: kept, private, and with decisions that are bound to what was shown."""

from __future__ import annotations

import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openai import AuthenticationError, OpenAI
from tests.waiting import until

from dbengineer.agent import memory, running
from dbengineer.tools import audit_chain
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.folders import Lock


def test_what_was_said_is_kept(site: Any) -> None:
    thread = site.chat("size").events[0][1]["thread"]
    assert site.chat("explain SELECT 1", thread=thread).events[-1] == ("done", {"thread": thread})
    said = site.get(f"/v1/threads/{thread}").json["thread"]["said"]
    assert [line["text"] for line in said if line["by"] == "reader"] == ["size", "explain SELECT 1"]
    assert "public.goods" in said[1]["text"]
    assert said[1]["evidence"]


def test_a_conversation_is_for_who_began_it_and_for_approvers_of_its_database(site: Any) -> None:
    thread = site.chat("size").events[0][1]["thread"]
    assert site.get(f"/v1/threads/{thread}", key="anna").status == 200
    assert site.get(f"/v1/threads/{thread}", key="other").status == 404
    assert site.chat("size", key="other", thread=thread).status == 404
    thread = site.chat("size", key="anna", database="stock").events[0][1]["thread"]
    assert site.get(f"/v1/threads/{thread}").status == 404


def test_databases_are_known_by_name_and_only_to_their_keys(site: Any) -> None:
    assert [m["id"] for m in site.get("/v1/models").json["data"]] == ["dbengineer/stock"]
    refused = site.chat("size", database="gone")
    assert (refused.status, refused.json["detail"]) == (404, "there is no database 'gone'; there are stock")
    unnamed = site.chat("size", key="anna")
    assert (unnamed.status, unnamed.json["detail"]) == (404, "name the database; there are stock, gone")
    kind, told = site.chat("size", key="other").events[-1]
    assert kind == "error"
    assert "nothing listens there" in told["reason"]


def test_help_lists_the_commands(site: Any) -> None:
    told = "".join(data["text"] for kind, data in site.chat("help").events if kind == "delta")
    for word in ("review", "explain <sql>", "plan <sql>", "locks", "size", "migrate <wish>", "ask <question>"):
        assert word in told


def test_a_change_is_rehearsed_by_its_sql_and_a_wish_needs_a_model(site: Any) -> None:
    told = site.chat("migrate ALTER TABLE public.goods ADD COLUMN ean text").events
    assert "ALTER TABLE" in "".join(data["text"] for kind, data in told if kind == "delta")
    assert site.chat("migrate please make it faster").status == 409


def test_who_asks_and_where_is_in_the_audit_log(site: Any) -> None:
    site.chat("query SELECT count(*) FROM public.goods")
    line = next(line for line in reversed(site.audited()) if line.get("by") == "person" and "statement" in line)
    assert (line["who"], line["channel"], line["by"]) == ("reader", "http", "person")
    assert line["database"].endswith("/stock")


def test_a_review_in_a_conversation_offers_its_changes(site: Any, reviewed: Any) -> None:
    offer = reviewed.offer
    assert "ALTER COLUMN code TYPE" in offer["sql"]
    assert len(offer["sha256"]) == 64
    talk = site.get(f"/v1/threads/{reviewed.thread}").json
    assert offer in talk["approvals"]
    job = site.get(f"/v1/reviews/{offer['review']}").json
    assert job["status"] == "ended"
    assert "folder" not in job
    assert site.get(job["page"]).status == 200
    assert site.get(f"/v1/reviews/{offer['review']}", key="other").status == 404
    assert site.get(job["page"], key="other").status == 404


def decision(offer: dict[str, Any], word: str = "approve", **changed: str) -> dict[str, Any]:
    """A decision on what was offered."""
    return {"review": offer["review"], "change": offer["change"], "sha256": offer["sha256"], "decision": word} | changed


def test_who_may_only_read_decides_nothing(site: Any, reviewed: Any) -> None:
    refused = site.ask("POST", f"/v1/threads/{reviewed.thread}/approve", decision(reviewed.offer))
    assert refused.status == 403
    assert "role approve" in refused.json["detail"]


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"sha256": "0" * 64}, 409, "is not the change that was shown"),
        ({"change": "ddl-0000000000"}, 409, "holds no change"),
        ({"review": "abcdef123456"}, 404, "holds no review"),
        ({"sha256": "short"}, 422, "sha256: String should match"),
    ],
)
def test_another_change_than_was_shown_is_not_decided(
    site: Any, reviewed: Any, changed: dict[str, str], status: int, said: str
) -> None:
    path = f"/v1/threads/{reviewed.thread}/approve"
    refused = site.ask("POST", path, decision(reviewed.offer, **changed), "anna")
    assert (refused.status, said in refused.json["detail"]) == (status, True), refused


def test_a_decision_is_written_down_with_who_and_when(site: Any, reviewed: Any) -> None:
    path = f"/v1/threads/{reviewed.thread}/approve"
    for word in ("approve", "changes", "reject"):
        given = site.ask("POST", path, decision(reviewed.offer, word), "anna")
        assert given.status == 200, given
        assert (given.json["by"], given.json["channel"], given.json["decision"]) == ("anna", "http", word)
    assert reviewed.offer not in site.get(f"/v1/threads/{reviewed.thread}").json["approvals"]
    line = next(line for line in reversed(site.audited()) if "decision" in line)
    assert (line["who"], line["decision"], line["sha256"]) == ("anna", "reject", reviewed.offer["sha256"])
    assert audit_chain.verify(site.out / "audit.jsonl", "").ok


def test_a_word_on_an_old_schema_is_void(site: Any, reviewed: Any, owner: Database) -> None:
    owner.script("CREATE TABLE shelves (id int PRIMARY KEY)")
    try:
        void = site.ask("POST", f"/v1/reviews/{reviewed.offer['review']}/approve", decision(reviewed.offer), "anna")
    finally:
        owner.script("DROP TABLE shelves")
    assert (void.status, "the schema of stock has changed" in void.json["detail"]) == (409, True), void


def test_a_review_that_another_server_still_holds_is_waited_for(serve: Any, stock: str, tmp_path: Path) -> None:
    out = tmp_path / "report"
    with serve(out, stock) as site:
        review = site.ask("POST", "/v1/reviews", {"deliverables": ["recovery"]}).json["id"]
        begun = until(lambda: list(out.glob(f"*/{running.MEMORY}/{running.BEGUN}")))[0]
    lock = Lock(begun.parent / running.OWNER)
    until(lock.take)
    with serve(out, stock) as site:
        until(lambda: "to let go" in site.get(f"/v1/reviews/{review}").json["doing"])
        lock.release()
        assert until(lambda: site.get(f"/v1/reviews/{review}").json.get("status") == "ended")
    assert len(list(out.glob("*/checklist.json"))) == 1


def test_of_two_servers_with_one_memory_one_makes_a_review(
    serve: Any, stock: str, tmp_path: Path, database: Database
) -> None:
    places = tmp_path / "one", tmp_path / "other"
    with serve(places[0], stock, state_url=database.conninfo) as one:
        review = one.ask("POST", "/v1/reviews", {"deliverables": ["recovery"]}).json["id"]
        with serve(places[1], stock, state_url=database.conninfo) as other:
            assert until(lambda: other.get(f"/v1/reviews/{review}").json.get("status") == "ended")
            assert one.get(f"/v1/reviews/{review}").json["status"] == "ended"
    assert [len(list(place.glob("*/checklist.json"))) for place in places] == [1, 0]


def test_conversations_and_reviews_survive_a_restart(serve: Any, stock: str, tmp_path: Path) -> None:
    with serve(tmp_path / "report", stock) as site:
        thread = site.chat("size").events[0][1]["thread"]
        review = site.ask("POST", "/v1/reviews", {"deliverables": ["recovery"]}).json["id"]
    began = time.monotonic()
    with serve(tmp_path / "report", stock) as site:
        said = site.get(f"/v1/threads/{thread}").json["thread"]["said"]
        assert said[0]["text"] == "size"
        while (job := site.get(f"/v1/reviews/{review}").json)["status"] == "running":
            assert time.monotonic() - began < 60
            time.sleep(0.1)
        assert job["status"] == "ended", "the review that was stopped is gone on with"
        assert site.get(job["page"]).status == 200
    with serve(tmp_path / "report", stock) as site:
        assert site.get(f"/v1/reviews/{review}").json["report"]["checklist"]["database"] == "stock"
    mode = (tmp_path / "report" / ".server" / "server.sqlite").stat().st_mode
    assert mode & 0o077 == 0
    assert sqlite3.connect(tmp_path / "report" / ".server" / "server.sqlite").execute("PRAGMA integrity_check")


def test_conversations_are_kept_in_postgresql_where_it_is_named(
    serve: Any, stock: str, tmp_path: Path, database: Database
) -> None:
    with serve(tmp_path / "a", stock, state_url=database.conninfo) as site:
        thread = site.chat("help").events[0][1]["thread"]
    with serve(tmp_path / "b", stock, state_url=database.conninfo) as site:
        assert [s["by"] for s in site.get(f"/v1/threads/{thread}").json["thread"]["said"]] == ["reader", ""]
    assert not (tmp_path / "a" / ".server").exists()


def test_a_conversation_is_deleted_by_who_may_read_it_and_its_report_stays(site: Any) -> None:
    thread = site.chat("review recovery").events[0][1]["thread"]
    review = site.get(f"/v1/threads/{thread}").json["thread"]["said"][-1]["review"]
    assert site.ask("DELETE", f"/v1/threads/{thread}", key="other").status == 404
    assert site.get(f"/v1/threads/{thread}").status == 200
    assert site.ask("DELETE", f"/v1/threads/{thread}").status == 204
    assert site.get(f"/v1/threads/{thread}").status == 404
    assert site.chat("size", thread=thread).status == 404
    assert site.ask("DELETE", f"/v1/threads/{thread}").status == 404
    assert site.get(f"/v1/reports/{review}/report.html").status == 200


def test_a_conversation_that_was_silent_for_the_days_that_are_set_is_forgotten(
    serve: Any, stock: str, tmp_path: Path
) -> None:
    out = tmp_path / "report"
    with serve(out, stock) as site:
        silent, alive = (site.chat("help").events[0][1]["thread"] for _ in range(2))
    with memory.kept(out / ".server", None) as store:
        held = store.get(("threads",), silent)
        last = datetime.now(UTC) - timedelta(days=31)
        store.put(("threads",), silent, held.value | {"last": last.isoformat()})
    with serve(out, stock, thread_days=32) as site:
        assert site.get(f"/v1/threads/{silent}").status == 200
    with serve(out, stock, thread_days=30) as site:
        assert [site.get(f"/v1/threads/{name}").status for name in (silent, alive)] == [404, 200]
    with memory.kept(out / ".server", None) as store:
        assert store.search(("said", silent)) == []


def client(site: Any, key: str = "key-of-the-reader") -> OpenAI:
    """A client that knows nothing of us."""
    return OpenAI(api_key=key, base_url=f"http://127.0.0.1:{site.port}/v1", max_retries=0)


def test_a_client_of_openai_is_answered_whole_and_in_pieces(site: Any) -> None:
    with client(site) as openai:
        assert [m.id for m in openai.models.list()] == ["dbengineer/stock"]
        asked: Any = {"model": "dbengineer/stock", "messages": [{"role": "user", "content": "size"}]}
        whole = openai.chat.completions.create(**asked)
        assert "public.goods" in (whole.choices[0].message.content or "")
        chunks = list(openai.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}))
        assert "public.goods" in "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
        assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
        assert chunks[-1].usage
        lost = openai.chat.completions.create(model="dbengineer", messages=[{"role": "user", "content": "why?"}])
        assert "explain <sql>" in (lost.choices[0].message.content or "")
    with client(site, "wrong") as openai, pytest.raises(AuthenticationError):
        openai.models.list()
