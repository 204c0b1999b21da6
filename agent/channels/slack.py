"""Slack: a slash command, mentions and buttons, each request taken once and only with Slack's signature."""

from __future__ import annotations

import json
import logging
import re
from typing import TYPE_CHECKING, Any

from dbengineer.agent.approvals import ApprovalRefused, Word
from dbengineer.agent.channels import chats
from dbengineer.agent.channels.asking import Asker, NotAllowed, NotThere
from dbengineer.agent.channels.chats import Reply
from dbengineer.agent.channels.console import explained
from dbengineer.agent.channels.office import Office
from dbengineer.agent.settings import SettingsError

if TYPE_CHECKING:
    from slack_bolt import App, BoltRequest, BoltResponse
    from slack_sdk import WebClient

    from dbengineer.agent.configuration import Slack

COMMAND = "/dbe"
LONG = 2800
"""How many characters of an answer stand in the message; the whole is in a file then."""
OFFERED = 5
"""How many changes have buttons; a message holds only so many blocks."""
WORDS: dict[Word, str] = {"approve": "Approve", "reject": "Reject", "changes": "Ask for changes"}
SAID: dict[Word, str] = {"approve": "approved", "reject": "rejected", "changes": "asked for changes to"}
MENTION = re.compile(r"^\s*<@[^>]+>\s*")
log = logging.getLogger(__name__)


class SlackDesk:
    """Answers one Slack app."""

    def __init__(self, office: Office, slack: Slack) -> None:
        """Raises SettingsError where Slack's library is not installed."""
        try:
            from slack_sdk import WebClient
        except ImportError:
            raise SettingsError("[slack] needs Slack's library: pip install 'dbengineer[slack]'") from None

        self.office = office
        self.slack = slack
        self.client = WebClient(slack.bot_token.get_secret_value(), base_url=slack.api, timeout=10)
        self._app = self._application()

    def take(self, body: str, headers: dict[str, str]) -> tuple[int, str, dict[str, str]]:
        """Answers a request of Slack: status, body, headers."""
        from slack_bolt import BoltRequest

        if not re.fullmatch(r"[0-9]{1,12}", headers.get("x-slack-request-timestamp", "")):
            self._count("refused")
            return 401, "", {}
        said = self._app.dispatch(BoltRequest(body=body, headers=dict(headers)))
        if said.status == 401:
            self._count("refused")
        return said.status, said.body, said.first_headers()

    def _application(self) -> App:
        from slack_bolt import App

        app = App(
            client=self.client,
            signing_secret=self.slack.signing_secret.get_secret_value(),
            token_verification_enabled=False,
            raise_error_for_unhandled_request=False,
        )
        app.use(self.once)
        app.command(COMMAND)(self.command)
        app.event("app_mention")(self.mention)
        app.action(re.compile("^(approve|reject|changes)$"))(self.button)
        return app

    def once(self, req: BoltRequest, next: Any) -> BoltResponse | None:  # noqa: A002 - the framework's name
        """Drops what came before: redeliveries, and requests that somebody has recorded and sent again."""
        from slack_bolt import BoltResponse

        body = req.body
        signature = req.headers.get("x-slack-signature", [""])[0]
        marks = [f"slack signature {signature}"]
        marks += [f"slack {name} {body[name]}" for name in ("event_id", "trigger_id") if body.get(name)]
        if not self.office.archive.first_time(*marks):
            self._count("dropped")
            return BoltResponse(status=200, body="", headers={"x-slack-no-retry": "1"})
        self._count("taken")
        next()
        return None

    def command(self, ack: Any, command: dict[str, Any], respond: Any) -> None:
        """Answers `/dbe …` by one message of the channel."""
        try:
            asker = self._asker(command["channel_id"], command["user_id"])
        except NotAllowed as error:
            ack(text=str(error), response_type="ephemeral")
            return
        ack()
        text = chats.written(command.get("text", "")) or "help"
        message = Message(self.client, command["channel_id"], "", f"<@{command['user_id']}> {COMMAND} {text}", respond)
        named = chats.conversation("slack", command["channel_id"], message.ts or command["trigger_id"])
        Reply(asker, message.progress, message.end).ask(self.office, text, named)

    def mention(self, event: dict[str, Any], client: WebClient) -> None:
        """Answers a mention in its thread."""
        where, thread = event["channel"], event.get("thread_ts") or event["ts"]
        text = chats.written(MENTION.sub("", event.get("text", ""))) or "help"
        try:
            asker = self._asker(where, event["user"])
        except NotAllowed as error:
            client.chat_postEphemeral(channel=where, user=event["user"], text=str(error), thread_ts=thread)
            return
        message = Message(self.client, where, thread, text)
        named = chats.conversation("slack", where, thread)
        Reply(asker, message.progress, message.end).ask(self.office, text, named)

    def button(self, ack: Any, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        """Takes a person's word on the change whose hash the button holds."""
        ack()
        where, who, word = body["channel"]["id"], body["user"]["id"], action["action_id"]
        held = json.loads(action["value"])
        try:
            asker = self._asker(where, who)
            given = self.office.decide(asker, held["review"], held["change"], held["sha256"], word)
        except Exception as error:
            client.chat_postEphemeral(channel=where, user=who, text=plain(_why(error)))
            return
        said = f"<@{who}> {SAID[given.decision]} {given.recommendation} (sha256 {given.sha256[:12]}…), "
        said += f"{given.at:%Y-%m-%d %H:%M} UTC."
        said += " Mention me here and say what should be different." if word == "changes" else ""
        said += " Nothing was applied: the change is yours to run." if word == "approve" else ""
        message = body["message"]
        client.chat_update(
            channel=where, ts=message["ts"], text="Decided", blocks=_decided(message["blocks"], held["change"], said)
        )
        client.chat_postMessage(channel=where, thread_ts=message.get("thread_ts") or message["ts"], text=said)

    def _asker(self, where: str, who: str) -> Asker:
        return chats.asker("slack", self.slack.channels, self.slack.approvers, where, who)

    def _count(self, verdict: str) -> None:
        self.office.metrics.add("dbengineer_messages_total", channel="slack", verdict=verdict)


class Message:
    """One message that is posted at once and becomes the answer."""

    def __init__(self, client: WebClient, channel: str, thread: str, asked: str, respond: Any = None) -> None:
        self._client = client
        self._channel = channel
        self._thread = thread or None
        self._respond = respond
        self._asked = asked if len(asked) < 150 else asked[:149] + "…"
        self.ts = self._post()

    def progress(self, text: str) -> None:
        """Says what is going on."""
        self._update(f"{self._head()} {text}…", [section(f"{text}…")])

    def end(self, reply: Reply) -> None:
        """Becomes the answer."""
        text = reply.text
        short = text if len(text) <= LONG else text[: LONG - 200] + "\n… (the whole is in the file)"
        blocks = [section(short)]
        for offer in reply.offers[:OFFERED]:
            blocks += offered(reply, offer)
        left = len(reply.offers) - OFFERED
        if left > 0:
            blocks.append(
                section(f"{left} more changes wait for a decision: GET /v1/reviews/{reply.offers[0]['review']}")
            )
        self._update("The answer of dbengineer", blocks)
        if len(text) > LONG:
            self._file(text)

    def _post(self) -> str:
        from slack_sdk.errors import SlackApiError

        try:
            said = self._client.chat_postMessage(
                channel=self._channel,
                thread_ts=self._thread,
                text=plain(self._asked),
                blocks=[section(f"{self._asked}\nLooking…")],
                unfurl_links=False,
                unfurl_media=False,
            )
        except SlackApiError as error:
            log.warning("slack: a message could not be posted (%s)", error.response.get("error"))
            return ""
        return str(said["ts"])

    def _update(self, text: str, blocks: list[dict[str, Any]]) -> None:
        from slack_sdk.errors import SlackApiError

        try:
            if self.ts:
                self._client.chat_update(channel=self._channel, ts=self.ts, text=plain(text), blocks=blocks)
            elif self._respond:
                self._respond(text=plain(text), blocks=blocks, response_type="in_channel", replace_original=True)
        except (SlackApiError, OSError) as error:
            log.warning("slack: a message could not be updated (%s)", type(error).__name__)

    def _file(self, text: str) -> None:
        from slack_sdk.errors import SlackApiError, SlackRequestError

        thread = self._thread or self.ts or None
        try:
            self._client.files_upload_v2(
                channel=self._channel, thread_ts=thread, content=text, filename="answer.txt", title="The whole answer"
            )
        except (SlackApiError, SlackRequestError, OSError) as error:
            log.warning("slack: a file could not be sent (%s)", type(error).__name__)

    def _head(self) -> str:
        return self._asked


def plain(text: str) -> str:
    """A text in which nothing calls people or becomes a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def section(text: str) -> dict[str, Any]:
    """A block of text that Slack shows as it is."""
    return {"type": "section", "text": {"type": "plain_text", "text": text[:3000] or " ", "emoji": False}}


def offered(reply: Reply, offer: dict[str, Any]) -> list[dict[str, Any]]:
    """A change with its buttons, which hold its hash."""
    value = json.dumps({name: offer[name] for name in ("review", "change", "sha256")})
    lines = (
        offer["change"],
        reply.shown(offer["title"]),
        reply.sql(offer["sql"])[:1500],
        reply.shown(offer["because"]),
    )
    buttons = [
        {"type": "button", "action_id": word, "value": value, "text": {"type": "plain_text", "text": shown}}
        for word, shown in WORDS.items()
    ]
    return [section("\n".join(lines)), {"type": "actions", "block_id": offer["change"], "elements": buttons}]


def _decided(blocks: list[dict[str, Any]], change: str, said: str) -> list[dict[str, Any]]:
    """The blocks of a message with a decision in the place of the buttons."""
    told = {"type": "context", "elements": [{"type": "mrkdwn", "text": said}]}
    return [told if block.get("block_id") == change else block for block in blocks]


def _why(error: Exception) -> str:
    if isinstance(error, NotAllowed | NotThere | ApprovalRefused):
        return str(error)
    return explained(error) or "it failed for a reason that nobody has foreseen; nothing was decided"
