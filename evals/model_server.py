"""A stand-in for a server of models: it speaks the chat completions protocol, and keeps what it was sent and when."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

END = b"data: [DONE]\n\n"
ENDS = ("stop", "length", "content_filter")
HEAD = {"id": "1", "created": 0, "model": "m"}


class Answer(NamedTuple):
    """What is sent back; so many bytes that were announced never come as `cut` says."""

    data: bytes
    kind: str = "application/json"
    status: int = 200
    headers: dict[str, str] = {}
    cut: int = 0


class ModelServer:
    """Listens on a port of its own while it is entered; what it says is for those who build on it."""

    def __init__(self) -> None:
        self.traffic: list[str] = []
        self.took: list[float] = []
        """For each answer the seconds from its request's last byte to its own first."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                began = time.perf_counter()
                outer.traffic.append(body)
                answer = outer.answer(json.loads(body), self.headers["Authorization"])
                outer.took.append(time.perf_counter() - began)
                self.send_response(answer.status)
                length = {"Content-Length": str(len(answer.data) + answer.cut)}
                for name, value in ({"Content-Type": answer.kind} | length | answer.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(ConnectionError):  # who asked may be gone
                    self.wfile.write(answer.data)
                self.close_connection |= answer.cut > 0

            def log_message(self, *args: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"

    def answer(self, asked: dict[str, Any], authorization: str) -> Answer:
        """What is said to one request."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._http.shutdown()
        self._http.server_close()


def completion(content: str | None, finish_reason: str = "stop", **more: Any) -> dict[str, Any]:
    """A message of the model, whole."""
    message = {"role": "assistant", "content": content, **more}
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    return {**HEAD, "object": "chat.completion", "choices": [choice]}


def whole(content: str) -> Answer:
    """The answer that is such a message."""
    return Answer(json.dumps(completion(content)).encode())


def stream(pieces: Iterable[str]) -> bytes:
    """A message piece by piece, as server-sent events; the last piece may say how it ends."""
    choices: list[dict[str, Any]] = [
        {"index": 0, "delta": {}, "finish_reason": piece}
        if piece in ENDS
        else {"index": 0, "delta": {"content": piece}}
        for piece in pieces
    ]
    chunks = [{**HEAD, "object": "chat.completion.chunk", "choices": [choice]} for choice in choices]
    return b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks) + END


def streamed(pieces: Iterable[str]) -> Answer:
    """The answer that comes in pieces."""
    return Answer(stream(pieces), "text/event-stream")
