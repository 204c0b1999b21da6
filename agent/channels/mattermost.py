"""Mattermost: its slash command has Slack's form, with a token in the place of a signature."""

from __future__ import annotations

import hmac
import json
import logging
import urllib.request
from collections.abc import Mapping

from dbengineer.agent.channels import chats
from dbengineer.agent.channels.asking import NotAllowed
from dbengineer.agent.channels.chats import Reply
from dbengineer.agent.channels.office import Office
from dbengineer.agent.configuration import Mattermost

LONG = 12_000
"""How many characters a message holds; the whole is in the conversation."""
log = logging.getLogger(__name__)


class Forged(Exception):
    """A request without the token, or with an address that is not Mattermost's."""


class MattermostDesk:
    """Answers one slash command."""

    def __init__(self, office: Office, mattermost: Mattermost) -> None:
        self.office = office
        self.mattermost = mattermost

    def take(self, form: Mapping[str, str]) -> dict[str, str]:
        """What is said at once; the answer follows to the address that the request names. Raises Forged."""
        token = self.mattermost.token.get_secret_value()
        if not hmac.compare_digest(form.get("token", "").encode(), token.encode()):
            self._count("refused")
            raise Forged("the token is not that of this command")
        address = form.get("response_url", "")
        if not address.startswith(self.mattermost.url):
            self._count("refused")
            raise Forged(f"response_url is not below {self.mattermost.url}")
        if not self.office.archive.first_time(f"mattermost {form.get('trigger_id') or address}"):
            self._count("dropped")
            return {"response_type": "ephemeral", "text": "This was taken already."}
        self._count("taken")
        return self._answer(form, address)

    def _answer(self, form: Mapping[str, str], address: str) -> dict[str, str]:
        where, who = form.get("channel_id", ""), form.get("user_id", "")
        try:
            asker = chats.asker("mattermost", self.mattermost.channels, (), where, who)
        except NotAllowed as error:
            return {"response_type": "ephemeral", "text": str(error)}
        text = chats.written(form.get("text", "")) or "help"
        reply = Reply(asker, lambda said: None, lambda whole: _send(address, message(whole)))
        reply.ask(self.office, text, chats.conversation("mattermost", where, form.get("root_id", ""), who))
        return {"response_type": "ephemeral", "text": f"Looking: {fenced(text[:200])}"}

    def _count(self, verdict: str) -> None:
        self.office.metrics.add("dbengineer_messages_total", channel="mattermost", verdict=verdict)


def message(reply: Reply) -> str:
    """An answer as text, with what waits for a person."""
    text = reply.text if len(reply.text) <= LONG else reply.text[:LONG] + "\n… (cut)"
    lines = [f"{o['change']}: {reply.shown(o['title'])}" for o in reply.offers]
    if lines:
        where = f"decide over HTTP: POST /v1/reviews/{reply.offers[0]['review']}/approve"
        text = "\n".join([text, "", "These wait for a person; " + where, *lines])
    return fenced(text)


def fenced(text: str) -> str:
    """A text that is shown as it is: it calls nobody and becomes no link."""
    return "```\n" + text.replace("`", "'") + "\n```"


def _send(address: str, text: str) -> None:
    body = json.dumps({"response_type": "in_channel", "text": text}).encode()
    asked = urllib.request.Request(address, body, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(asked, timeout=10):
            pass
    except OSError as error:
        log.warning("mattermost: an answer could not be sent (%s)", type(error).__name__)
