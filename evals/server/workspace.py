"""A stand-in for Slack's Web API, and for the addresses to which answers are sent: it keeps what it is sent."""

from __future__ import annotations

import json
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from dbengineer.evals.server.site import until

ITSELF = {"user_id": "UBOT", "bot_id": "BBOT", "team_id": "T1", "url": "x", "team": "t", "user": "b"}
Message = dict[str, Any]


class Workspace:
    """Listens on a port of its own while it is entered."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Message]] = []
        self.slow = 0.0
        """Seconds that it takes to post a message."""
        self.member = True
        """Whether the bot is in the channel."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answer = json.dumps(outer.called(self.path, body)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST

            def log_message(self, *args: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def called(self, path: str, body: bytes) -> Message:
        """Keeps a call and answers it as Slack does."""
        method = path.removeprefix("/api/").partition("?")[0]
        if method == "chat.postMessage":
            time.sleep(self.slow)
            if not self.member:
                return {"ok": False, "error": "not_in_channel"}
        self.calls.append((method, _read(body.decode(errors="replace"))))
        if method == "auth.test":
            return {"ok": True} | ITSELF
        if method == "files.getUploadURLExternal":
            return {"ok": True, "upload_url": f"{self.address}/upload", "file_id": "F1"}
        return {"ok": True, "ts": f"17.{len(self.calls)}", "channel": "CSTOCK", "files": [{"id": "F1"}]}

    def sent(self, method: str, after: int = 0) -> list[Message]:
        """What was sent to a method, after so many calls."""
        return [held for called, held in self.calls[after:] if called == method]

    def answered(self, after: int) -> Message:
        """The first message, after so many calls, that is an answer and no progress any more."""
        return until(lambda: next((m for m in self.sent("chat.update", after) if "The answer" in m["text"]), {}), 60)


def shown(message: Message) -> str:
    """The words of a message."""
    return json.dumps([message.get("text", ""), message.get("blocks", [])], ensure_ascii=False)


def _read(text: str) -> Message:
    """What was sent as JSON, as a form, or as a text."""
    try:
        held: Message = json.loads(text)
    except ValueError:
        held = dict(urllib.parse.parse_qsl(text)) or {"text": text}
    if isinstance(held.get("blocks"), str):
        held["blocks"] = json.loads(held["blocks"])
    return held
