"""What a server of ours said."""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class Reply(NamedTuple):
    """A reply, read to its end."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.text)

    @property
    def events(self) -> list[tuple[str, Any]]:
        """Server-sent events as pairs of kind and data."""
        assert self.status == 200, self
        return events(self.text)


def events(text: str) -> list[tuple[str, Any]]:
    """Server-sent events as pairs of kind and data; comments are left out."""
    blocks = [[line for line in b.splitlines() if not line.startswith(":")] for b in text.split("\n\n")]
    pairs = [dict(line.split(": ", 1) for line in block) for block in blocks if block]
    return [(pair["event"], json.loads(pair["data"])) for pair in pairs]
