"""What Slack sends to an app: commands, mentions and buttons that were pressed, signed as Slack does it, or not."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
import urllib.parse
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from dbengineer.evals.server.site import Reply
from dbengineer.evals.server.workspace import Message, Workspace

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
CHANNEL, READER, APPROVER = "CSTOCK", "UBEN", "UANNA"


class Sender:
    """Sends to a server on this machine.

    What may be changed of a request: the time `at` which it was signed, the `secret`, the body that was `signed`, the
    `signature` itself, a header that it is `without`, and whether it is a `retry`.
    """

    def __init__(self, port: int, web: Workspace, secret: str) -> None:
        self.port = port
        self.web = web
        self._secret = secret

    def post(self, body: str, kind: str = FORM, **changed: str) -> Reply:
        """Any request."""
        at = changed.get("at", now())
        signature = changed.get("signature", self.signed(changed.get("signed", body), at, changed.get("secret")))
        headers = {"x-slack-request-timestamp": at, "x-slack-signature": signature, "content-type": kind}
        headers |= {"x-slack-retry-num": "1"} if "retry" in changed else {}
        headers.pop(changed.get("without", ""), None)
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request("POST", "/slack/events", body.encode(), headers)
            response = connection.getresponse()
            return Reply(response.status, response.read().decode())

    def signed(self, body: str, at: str, secret: str | None = None) -> str:
        """The signature of a body at a time."""
        key = (self._secret if secret is None else secret).encode()
        return "v0=" + hmac.new(key, f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()

    def command(
        self, text: str, channel: str = CHANNEL, user: str = READER, trigger: str = "", **changed: str
    ) -> Reply:
        """A slash command."""
        form = {"command": "/dbe", "text": text, "channel_id": channel, "user_id": user, "team_id": "T1", "token": "x"}
        form |= {"trigger_id": trigger or _new("tr"), "response_url": f"{self.web.address}/hooks/slack"}
        return self.post(urllib.parse.urlencode(form), **changed)

    def mention(self, text: str, thread: str, event: str = "", later: str = "", **changed: str) -> Reply:
        """A mention of the bot."""
        said = {"type": "app_mention", "user": READER, "text": f"<@UBOT> {text}", "channel": CHANNEL}
        said |= {"ts": later or thread} | ({"thread_ts": thread} if later else {})
        body = {"type": "event_callback", "event_id": event or _new("Ev"), "team_id": "T1", "api_app_id": "A1"}
        return self.post(json.dumps(body | {"event": said}), JSON, **changed)

    def press(
        self,
        message: Message,
        word: str,
        user: str = APPROVER,
        channel: str = CHANNEL,
        trigger: str = "",
        held: Mapping[str, str] | None = None,
        **changed: str,
    ) -> Reply:
        """A button of the first change of a message; `held` is what it holds instead of what it was given."""
        actions = next(block for block in message["blocks"] if block["type"] == "actions")
        value = json.dumps(offer(message) | dict(held or {}))
        body = {
            "type": "block_actions",
            "trigger_id": trigger or _new("tr"),
            "user": {"id": user},
            "team": {"id": "T1"},
            "channel": {"id": channel},
            "message": {"ts": message["ts"], "blocks": message["blocks"]},
            "container": {"type": "message"},
            "actions": [{"type": "button", "action_id": word, "block_id": actions["block_id"], "value": value}],
        }
        return self.post(urllib.parse.urlencode({"payload": json.dumps(body)}), **changed)


def offer(message: Message) -> dict[str, Any]:
    """What the buttons of the first change of a message hold."""
    actions = next(block for block in message["blocks"] if block["type"] == "actions")
    held: dict[str, Any] = json.loads(actions["elements"][0]["value"])
    return held


def now(later: int = 0) -> str:
    """The time as Slack writes it, or so many seconds later."""
    return str(int(time.time()) + later)


def _new(kind: str) -> str:
    return f"{kind}{time.monotonic_ns()}"
