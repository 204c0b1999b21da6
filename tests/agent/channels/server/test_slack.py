"""Slack, by real requests with real signatures; a stand-in for its Web API keeps what it is sent."""

from __future__ import annotations

import hashlib
import json
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.waiting import until

from dbengineer.evals.server.sender import Sender, now
from dbengineer.evals.server.slack import FORGED, OTHER_TIMES
from dbengineer.evals.server.workspace import Workspace, shown

SECRET, TOKEN, MATTERMOST = "the-signing-secret", "xoxb-the-token-of-the-bot", "the-token-of-the-command"
MORE = """
[slack]
signing_secret = "${SLACK_SECRET}"
bot_token = "${SLACK_TOKEN}"
api = "%(web)s/api/"
approvers = ["UANNA"]
[slack.channels.CSTOCK]
database = "stock"
[slack.channels.CROWS]
database = "stock"
rows = true
[mattermost]
token = "${MATTERMOST_TOKEN}"
url = "%(web)s/hooks/"
[mattermost.channels.mstock]
database = "stock"
"""


class Desk(Sender):
    """A server that is hung up in Slack, and the Slack beside it."""

    def __init__(self, site: Any, web: Workspace) -> None:
        super().__init__(site.port, web, SECRET)
        self.site = site

    def counted(self, verdict: str) -> int:
        """How many requests of Slack had an end."""
        lines = self.site.get("/metrics").text.splitlines()
        name = f'dbengineer_messages_total{{channel="slack",verdict="{verdict}"}} '
        return next((int(line.removeprefix(name)) for line in lines if line.startswith(name)), 0)


@pytest.fixture(scope="module")
def desk(serve: Any, stock: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A server that is hung up in Slack and Mattermost."""
    out: Path = tmp_path_factory.mktemp("slack") / "report"
    variables = {"SLACK_SECRET": SECRET, "SLACK_TOKEN": TOKEN, "MATTERMOST_TOKEN": MATTERMOST}
    with Workspace() as web, serve(out, stock, MORE % {"web": web.address}, variables) as site:
        yield Desk(site, web)


def test_a_command_is_taken_at_once_and_becomes_one_message(desk: Desk) -> None:
    before, desk.web.slow = len(desk.web.calls), 1.0
    began = time.monotonic()
    taken = desk.command("size")
    took, desk.web.slow = time.monotonic() - began, 0.0
    assert (taken.status, taken.text) == (200, "")
    assert took < 3
    answer = desk.web.answered(before)
    assert "public.goods" in shown(answer)
    posted = [h for m, h in desk.web.calls[before:] if m == "chat.postMessage"]
    assert len(posted) == 1
    assert posted[0]["channel"] == "CSTOCK"
    line = desk.site.audited()[-1]
    assert (line["who"], line["channel"]) == ("slack:UBEN", "slack")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "explain <sql>"),
        ("help", "migrate <wish>"),
        ("explain SELECT count(*) FROM public.goods WHERE name &lt;&gt; ’x’", "expects a cost"),
        ("plan SELECT 1", "expects a cost"),
        ("locks", "called run_checks"),
        ("slow", "called workload"),
        ("security", "called security_audit"),
        ("why is it slow?", "no model is configured"),
        ("ask why is it slow?", "no model is configured"),
        ("review poetry", "there is no deliverable"),
        ("migrate something faster", "no model is configured"),
    ],
)
def test_each_command_is_answered(desk: Desk, text: str, said: str) -> None:
    before = len(desk.web.calls)
    assert desk.command(text).status == 200
    assert said in shown(desk.web.answered(before)).replace("\\n", "\n")


def test_rows_are_never_posted_where_they_may_not_be_shown(desk: Desk) -> None:
    before = len(desk.web.calls)
    desk.command("query SELECT name, price_cents FROM public.goods LIMIT 3")
    assert "rows are not shown in this channel" in shown(desk.web.answered(before))
    before = len(desk.web.calls)
    desk.command("explain SELECT * FROM public.goods WHERE name = 'Geheimware 7' AND price_cents = 77008")
    assert "expects a cost" in shown(desk.web.answered(before))
    before = len(desk.web.calls)
    desk.command("query SELECT count(*) FROM public.goods", "CROWS")
    assert "1 row" in shown(desk.web.answered(before))
    sent = json.dumps(desk.web.sent("chat.update"), ensure_ascii=False)
    assert "Geheimware" not in sent
    assert "77008" not in sent


def test_a_channel_that_is_not_configured_gets_no_answer(desk: Desk) -> None:
    before = len(desk.web.calls)
    refused = desk.command("size", "CELSE")
    assert "[slack.channels.CELSE]" in refused.json["text"]
    assert refused.json["response_type"] == "ephemeral"
    assert desk.web.calls[before:] == []


def test_a_mention_is_answered_in_its_thread_and_the_thread_is_kept(desk: Desk) -> None:
    before = len(desk.web.calls)
    assert desk.mention("size", "11.1", "Ev1").status == 200
    desk.web.answered(before)
    before = len(desk.web.calls)
    desk.mention("locks", "11.1", "Ev2", later="11.2")
    desk.web.answered(before)
    assert [m["thread_ts"] for m in desk.web.sent("chat.postMessage")[-2:]] == ["11.1", "11.1"]
    thread = hashlib.sha256(b"slack CSTOCK 11.1").hexdigest()[:32]
    said = desk.site.get(f"/v1/threads/{thread}", key="anna").json["thread"]
    assert [s["text"] for s in said["said"] if s["by"]] == ["size", "locks"]
    assert desk.site.get(f"/v1/threads/{thread}").status == 404, "it belongs to the channel"


def test_who_is_not_a_member_still_gets_the_answer(desk: Desk) -> None:
    before, desk.web.member = len(desk.web.calls), False
    desk.command("size")
    answer = until(lambda: next((h for m, h in desk.web.calls[before:] if m == "/hooks/slack"), None))
    desk.web.member = True
    assert "public.goods" in shown(answer)


NOT_NOW = {name: {"at": now(later)} for name, later in OTHER_TIMES.items()}


@pytest.mark.parametrize("changed", [*FORGED.values(), *NOT_NOW.values()], ids=[*FORGED, *NOT_NOW])
def test_what_slack_did_not_sign_now_is_refused(desk: Desk, changed: dict[str, str]) -> None:
    before, taken = len(desk.web.calls), desk.counted("taken")
    for refused in (desk.command("size", **changed), desk.mention("size", "12.1", "EvForged", **changed)):
        assert refused.status == 401, refused
    assert desk.web.calls[before:] == []
    assert desk.counted("taken") == taken


def test_what_was_sent_before_is_dropped(desk: Desk) -> None:
    taken, before = desk.counted("taken"), len(desk.web.calls)
    at = str(int(time.time()))
    for _ in range(3):  # recorded by somebody and sent again
        assert desk.command("help", at=at, trigger="tr-recorded").status == 200
    for number in range(3):  # delivered again by Slack, with a new signature
        at = str(int(time.time()) - 10 - number)
        assert desk.mention("help", "13.1", "EvAgain", at=at, retry="yes").status == 200
        assert desk.command("help", at=at, trigger="tr-again").status == 200
    assert desk.counted("taken") == taken + 3
    desk.web.answered(before)
    until(lambda: len([m for m, _ in desk.web.calls[before:] if m == "chat.update"]) == 3)


def test_a_review_offers_buttons_that_take_the_word_of_who_may(desk: Desk) -> None:
    before = len(desk.web.calls)
    desk.command("review schema")
    message = desk.web.answered(before)
    assert "Schema (ERD)" in shown(message)
    assert "ALTER COLUMN code TYPE" in shown(message)

    desk.press(message, "approve", user="UBEN")
    refused = until(lambda: desk.web.sent("chat.postEphemeral"))[-1]
    assert "may read, not decide" in refused["text"]
    desk.press(message, "approve", held={"sha256": "0" * 64})
    void = until(lambda: desk.web.sent("chat.postEphemeral")[1:])[-1]
    assert "is not the change that was shown" in void["text"]
    assert "decision" not in json.dumps(desk.site.audited())

    before = len(desk.web.calls)
    for _ in range(2):  # pressed once, delivered twice
        desk.press(message, "approve", trigger="tr-pressed")
    told = until(lambda: [h for m, h in desk.web.calls[before:] if m == "chat.postMessage"])
    assert "<@UANNA> approved" in told[0]["text"]
    updated = next(h for m, h in desk.web.calls[before:] if m == "chat.update")
    assert not any(block["type"] == "actions" for block in updated["blocks"])
    decisions = [line for line in desk.site.audited() if "decision" in line]
    assert [(d["who"], d["channel"], d["decision"]) for d in decisions] == [("slack:UANNA", "slack", "approve")]

    before = len(desk.web.calls)
    desk.press(message, "changes")
    told = until(lambda: [h for m, h in desk.web.calls[before:] if m == "chat.postMessage"])
    assert "say what should be different" in told[0]["text"]


def test_a_button_is_void_once_the_schema_is_another(desk: Desk, owner: Any) -> None:
    message = next(m for m in desk.web.sent("chat.update") if "ALTER COLUMN code TYPE" in shown(m))
    before = len(desk.web.calls)
    owner.script("CREATE TABLE shelves (id int PRIMARY KEY)")
    try:
        desk.press(message, "approve")
        void = until(lambda: [h for m, h in desk.web.calls[before:] if m == "chat.postEphemeral"])
    finally:
        owner.script("DROP TABLE shelves")
    assert "schema of stock has changed" in void[0]["text"]


def test_a_long_answer_is_a_file(desk: Desk) -> None:
    desk.command("migrate " + "; ".join(f"ALTER TABLE public.goods ADD COLUMN n{n} text" for n in range(40)), "CROWS")
    assert until(lambda: desk.web.sent("files.completeUploadExternal"))
    uploaded = desk.web.sent("/upload")[-1]["text"]
    assert len(uploaded) > 2800
    assert "ADD COLUMN n39" in uploaded
    for message in desk.web.sent("chat.update"):
        assert all(len(b["text"]["text"]) <= 3000 for b in message["blocks"] if b["type"] == "section")


def test_nothing_that_was_sent_holds_a_secret(desk: Desk) -> None:
    sent = json.dumps(desk.web.calls)
    assert SECRET not in sent
    assert "Pa55" not in sent


def mattermost(desk: Desk, text: str, **changed: str) -> Any:
    """A slash command of Mattermost."""
    form = {"token": MATTERMOST, "channel_id": "mstock", "user_id": "uben", "command": "/dbe", "text": text}
    form |= {"trigger_id": f"tr{time.monotonic_ns()}", "response_url": f"{desk.web.address}/hooks/mm"} | changed
    body = urllib.parse.urlencode(form).encode()
    return desk.site.ask("POST", "/mattermost/command", body, "", content_type="application/x-www-form-urlencoded")


def test_mattermost_is_answered_with_its_token(desk: Desk) -> None:
    taken = mattermost(desk, "size", trigger_id="tr-mm")
    assert (taken.status, taken.json["response_type"]) == (200, "ephemeral")
    answer = until(lambda: desk.web.sent("/hooks/mm"))[-1]
    assert "public.goods" in answer["text"]
    assert "taken already" in mattermost(desk, "size", trigger_id="tr-mm").json["text"]
    assert "[mattermost.channels.melse]" in mattermost(desk, "size", channel_id="melse").json["text"]


@pytest.mark.parametrize("changed", [{"token": "guessed"}, {"token": ""}, {"response_url": "http://127.0.0.1:1/x"}])
def test_mattermost_without_its_token_or_to_elsewhere_is_refused(desk: Desk, changed: dict[str, str]) -> None:
    assert mattermost(desk, "size", **changed).status == 401
